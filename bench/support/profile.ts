import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a process spent its time. */
export interface SelfTime {
  readonly name: string;
  /** Part of the time in which it was not idle, 0–1. */
  readonly share: number;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** The functions with the most self time in the only CPU profile of a folder. */
export function topSelfTimes(folder: string, count: number): readonly SelfTime[] {
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  const text = readFileSync(join(folder, file ?? ''), 'utf8');
  const { nodes, samples, timeDeltas } = JSON.parse(text) satisfies Profile as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, number>();
  let busy = 0;
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const us = timeDeltas[at] ?? 0;
    const name = nameOf(frame);
    busy += us;
    spent.set(name, (spent.get(name) ?? 0) + us);
  }
  return [...spent]
    .map(([name, us]) => ({ name, share: us / busy }))
    .toSorted((one, other) => other.share - one.share)
    .slice(0, count);
}

const maps = new Map<string, SourceMap | null>();

function nameOf({ functionName, url, lineNumber, columnNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  if (!url.startsWith('file:')) return `${name}, ${url}`;
  const file = fileURLToPath(url);
  const entry = mapOf(file)?.findEntry(lineNumber, columnNumber);
  if (entry === undefined || !('originalSource' in entry)) return `${name}, ${shortened(file)}`;
  const source = join(dirname(file), entry.originalSource);
  return `${name}, ${shortened(source)}:${entry.originalLine + 1}`;
}

function mapOf(file: string): SourceMap | null {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const map = readMap(file);
  maps.set(file, map);
  return map;
}

function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  } catch {
    return null;
  }
}

function shortened(file: string): string {
  const parts = relative(process.cwd(), file).split('node_modules/');
  return parts.at(-1) ?? file;
}
