/**
 * Time and memory of a worker at n, 4n and 16n targets, and the exponents that fit: passes over targets in sync at zero
 * latency, and sweeps of images in sync. One service for each size, so that none has the memory of a larger one.
 */
import { deploy } from './support/deployment.ts';
import { exponentOf, median, type Point, shown } from './support/figures.ts';
import { peakMbDuring } from './support/process-figures.ts';
import { drainMs, openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const SMALLEST = Number(process.argv[2] ?? 1_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const SIZES = [SMALLEST, 4 * SMALLEST, 16 * SMALLEST];

interface Cost {
  readonly size: number;
  readonly ms: number;
  readonly mb: number;
}

const passes: Cost[] = [];
const sweeps: Cost[] = [];
for (const size of SIZES) await measure(size);
tell('passes over targets in sync', passes);
tell('sweep of images in sync', sweeps);

async function measure(size: number): Promise<void> {
  await using deployment = await deploy({ fleet: { images: size }, concurrency: 50 });
  const service = await deployment.start('scheduler,api');
  const worker = await deployment.start('worker');
  await using queue = await openBenchQueue(deployment.redis?.url ?? '');
  await queue.idle();

  const passesOnce = async (): Promise<number> => {
    await queue.passes.pause();
    await queue.addPasses(size);
    return await drainMs(queue.passes);
  };
  const sweepOnce = async (): Promise<number> => {
    const startedAt = performance.now();
    await service.sweep('images');
    await queue.idle();
    return performance.now() - startedAt;
  };
  sweeps.push({ size, ...(await costOf(worker.pid, sweepOnce)) });
  passes.push({ size, ...(await costOf(worker.pid, passesOnce)) });
}

async function costOf(
  pid: number | undefined,
  once: () => Promise<number>,
): Promise<Omit<Cost, 'size'>> {
  const times: number[] = [];
  const mb = await peakMbDuring(pid, async () => {
    for (let round = 0; round < ROUNDS; round += 1) times.push(await once());
  });
  return { ms: median(times), mb };
}

function tell(what: string, costs: readonly Cost[]): void {
  const by = (cost: (one: Cost) => number): readonly Point[] =>
    costs.map((one) => ({ size: one.size, cost: cost(one) }));
  const sizes = SIZES.map((size) => size.toLocaleString('en-US')).join(', ');
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
