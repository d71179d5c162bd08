import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createFileSink, type Sink } from '../../src/audit/sink.ts';
import { type Audit, createAudit } from '../../src/audit/stream.ts';

export { aWrite } from './write.ts';

export const AT = new Date('2026-06-01T12:00:00Z');

/** A folder that goes with the test. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-audit-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

export function anAudit(
  folder: string,
  { maxBytes = 1_000_000, name = 'audit-a', sink = null as Sink | null } = {},
): Audit {
  return createAudit({
    sink: sink ?? createFileSink({ folder, name, maxBytes }),
    now: () => AT,
    scrub: (text) => text.replaceAll('hunter22', '[secret]'),
  });
}

/** Lines of all files of a folder in their order, without the last line break. */
export async function linesOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(
    names.map(async (name) => await readFile(join(folder, name), 'utf8')),
  );
  return texts.flatMap((text) => text.split('\n').slice(0, -1));
}
