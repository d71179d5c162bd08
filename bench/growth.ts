/**
 * Time and memory of a worker at n, 4n and 16n targets, and the exponents that fit: passes over targets in sync at zero
 * latency, and scheduled sweeps of images in sync. One service for each size, so that none has the memory of a larger one.
 * Arguments: the smallest number of passes, of images in a sweep, and the rounds of each.
 */
import type { Cloud } from './support/cloud.ts';
import { expectCalls } from './support/counted.ts';
import { called, deploy } from './support/deployment.ts';
import { exponentOf, median, type Point, shown } from './support/figures.ts';
import { IMAGES_ONLY } from './support/fleet.ts';
import { peakMbDuring } from './support/process-figures.ts';
import { type BenchQueue, drainMs, openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const SMALLEST_PASSES = Number(process.argv[2] ?? 1_000);
const SMALLEST_SWEEP = Number(process.argv[3] ?? 6_250);
const ROUNDS = Number(process.argv[4] ?? 3);
const GROWTH = [1, 4, 16];
const PAGE = 1_000;

interface Cost {
  readonly size: number;
  readonly ms: number;
  readonly mb: number;
}

type Once = (queue: BenchQueue, size: number) => Promise<number>;

await grow('passes over targets in sync', SMALLEST_PASSES, {
  once: async (queue, size) => {
    await queue.passes.pause();
    await queue.addPasses(size);
    return await drainMs(queue.passes);
  },
  // A pass lists the tags of its target.
  calls: (size) => ({ 'ims.ListImageTags': size }),
});
await grow('sweep of images in sync', SMALLEST_SWEEP, {
  once: async (queue) => {
    const startedAt = performance.now();
    await queue.sweep('images');
    await queue.idle();
    return performance.now() - startedAt;
  },
  // The pages, and a count of images without a tag; no image is visited.
  calls: (size) => ({ 'ims.ListImageByTags': Math.ceil(size / PAGE) + 1 }),
});

interface Work {
  readonly once: Once;
  readonly calls: (size: number) => Readonly<Record<string, number>>;
}

async function grow(what: string, smallest: number, work: Work): Promise<void> {
  const costs: Cost[] = [];
  for (const factor of GROWTH) costs.push(await measure(what, factor * smallest, work));
  tell(what, costs);
}

async function measure(what: string, size: number, { once, calls }: Work): Promise<Cost> {
  await using deployment = await deploy({
    fleet: { images: size },
    concurrency: 50,
    policies: IMAGES_ONLY,
  });
  await deployment.start('scheduler');
  const worker = await deployment.start('worker');
  await using queue = await openBenchQueue(deployment.redis?.url ?? '');
  await firstSweep(deployment.cloud, queue, size);

  const times: number[] = [];
  const mb = await peakMbDuring(worker.pid, async () => {
    for (let round = -1; round < ROUNDS; round += 1) {
      await deployment.cloud.ask({ type: 'forget' });
      const ms = await once(queue, size);
      expectCalls(what, await deployment.cloud.ask({ type: 'figures' }), calls(size));
      // The round before the first one only warms up.
      if (round >= 0) times.push(ms);
    }
  });
  return { size, ms: median(times), mb };
}

/** After it every target is known to be in sync. */
async function firstSweep(cloud: Cloud, queue: BenchQueue, size: number): Promise<void> {
  await called(cloud, 'ims.ListImageByTags', 1);
  await queue.idle();
  await queue.expectKnown(size);
}

function tell(what: string, costs: readonly Cost[]): void {
  const by = (cost: (one: Cost) => number): readonly Point[] =>
    costs.map((one) => ({ size: one.size, cost: cost(one) }));
  const sizes = costs.map(({ size }) => size.toLocaleString('en-US')).join(', ');
  report({
    bench: 'growth',
    what: `${what}: exponent of time`,
    value: exponentOf(by(({ ms }) => ms)),
    unit: '',
    wanted: { limit: 'at most', value: 1.05 },
    figures: `${costs.map(({ ms }) => shown(ms / 1_000)).join(', ')} s at ${sizes}`,
  });
  report({
    bench: 'growth',
    what: `${what}: exponent of memory`,
    value: exponentOf(by(({ mb }) => mb)),
    unit: '',
    wanted: { limit: 'at most', value: 0.3 },
    figures: `${costs.map(({ mb }) => shown(mb)).join(', ')} MB at ${sizes}`,
  });
}
