/**
 * Planning one repository of 50,000 tags with 6 channels and 5 retain rules: time against one sort of the names, and
 * memory. Two repositories, each in a process of its own; bench/README.md says what they stand for.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type PlanInput, planTarget } from '../src/plan/plan.ts';
import { IMAGE_CAPABILITIES, planInput } from '../test/support/policies.ts';
import { applyInMemory, REPOSITORY } from '../test/support/tags.ts';
import { pagesOf, REPOSITORY_NAMES, readPage, rules } from './repositories.ts';
import { median } from './support/figures.ts';
import { report } from './support/rows.ts';

const SIZE = 50_000;
const ROUNDS = 15;
const MOST_MS = 200;
const MOST_MIB = 150;

const [folder] = process.argv.slice(2);
if (folder === undefined) for (const one of REPOSITORY_NAMES) measureApart(one);
else measure(folder);

/** A process of its own that reads page after page, so that it pays for planning and for nothing else. */
function measureApart(repository: (typeof REPOSITORY_NAMES)[number]): void {
  const folder = mkdtempSync(join(tmpdir(), `${repository}-`));
  for (const [page, text] of pagesOf(repository, SIZE).entries()) {
    writeFileSync(join(folder, `${page}.json`), text);
  }
  const file = process.argv[1] ?? '';
  const { status } = spawnSync(process.execPath, [file, folder], { stdio: 'inherit' });
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(`${repository} ended with ${status}`);
}

function measure(pages: string): void {
  const before = process.memoryUsage().rss;
  const tags = readdirSync(pages).flatMap((page) =>
    readPage(readFileSync(join(pages, page), 'utf8')),
  );
  const input: PlanInput = planInput({
    target: REPOSITORY,
    policies: [rules],
    listing: { target: REPOSITORY, tags },
    capabilities: IMAGE_CAPABILITIES,
  });
  const first = timed(() => planTarget(input));
  const peak = process.resourceUsage().maxRSS * 1_024 - before;
  const { operations, findings } = first.result;
  const after = applyInMemory(tags, operations);
  const settled: PlanInput = { ...input, listing: { target: REPOSITORY, tags: after } };

  const cleanUp = rounds(() => timed(() => planTarget(input)));
  const inSync = rounds(() => timed(() => planTarget(settled)));
  const sorting = rounds(() => {
    const names = tags.map((tag) => tag.name);
    return timed(() => names.sort());
  });

  const sortMs = median(sorting.map(({ ms }) => ms));
  const name = basename(pages).slice(0, -7);
  const load = loadavg().map((one) => one.toFixed(1));
  console.log(`${name}: ${tags.length} tags, load ${load.join(' ')}`);
  const operationCount = `${operations.length} operations, ${findings.length} findings`;
  row(`${name}, clean-up`, { each: cleanUp, sortMs, detail: operationCount });
  row(`${name}, in sync`, { each: inSync, sortMs, detail: `${after.length} tags are left` });
  console.log(`  first plan, cold: ${first.ms.toFixed(0)} ms`);
  report({
    bench: 'planner',
    what: `${name}, memory of the first plan, from source`,
    value: peak / 1_048_576,
    unit: 'MiB',
    wanted: { limit: 'at most', value: MOST_MIB },
    figures: 'listing included, over the process before',
  });
}

interface Times {
  readonly ms: number;
  /** What the main thread computed; the same on a machine that is busy with others. */
  readonly cpuMs: number;
}

interface Timed<Result> extends Times {
  readonly result: Result;
}

function timed<Result>(work: () => Result): Timed<Result> {
  const cpuBefore = process.threadCpuUsage();
  const startedAt = performance.now();
  const result = work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.threadCpuUsage(cpuBefore);
  return { result, ms, cpuMs: (user + system) / 1_000 };
}

interface Measured {
  readonly each: readonly Times[];
  readonly sortMs: number;
  readonly detail: string;
}

function row(what: string, { each, sortMs, detail }: Measured): void {
  const [ms, cpuMs] = [median(each.map((one) => one.ms)), median(each.map((one) => one.cpuMs))];
  const least = Math.min(...each.map((one) => one.ms));
  const most = Math.max(...each.map((one) => one.ms));
  report({
    bench: 'planner',
    what: `${what}, ${SIZE.toLocaleString('en-US')} tags`,
    value: ms,
    unit: 'ms',
    wanted: { limit: 'at most', value: MOST_MS },
    figures: `${(ms / sortMs).toFixed(1)} x a sort of the names (${sortMs.toFixed(0)} ms); ${least.toFixed(0)}-${most.toFixed(0)}, main thread ${cpuMs.toFixed(0)} ms; ${detail}`,
  });
}

/** Keeps the times only: 15 plans held in memory would slow down the collector. */
function rounds(run: () => Timed<unknown>): Times[] {
  return Array.from({ length: ROUNDS }, () => {
    const { ms, cpuMs } = run();
    return { ms, cpuMs };
  });
}
