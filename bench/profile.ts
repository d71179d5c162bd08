/**
 * Where a worker on Redis spends its time: the ten functions with the most self time while it visits targets in sync at zero
 * latency, and while it brings drifted ones into place.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchService, type Deployment, deploy } from './support/deployment.ts';
import { type SelfTime, topSelfTimes } from './support/profile.ts';
import { type BenchQueue, drainMs, openBenchQueue } from './support/queue.ts';

const TARGETS = 4_000;
const ROUNDS = 3;
const TOP = Number(process.argv[2] ?? 10);

await profiled('passes over targets in sync', async (_, { queue }) => {
  await queue.passes.pause();
  await queue.addPasses(TARGETS);
  await drainMs(queue.passes);
});
await profiled('sweeps of drifted targets', async ({ cloud }, { service, queue }) => {
  await cloud.ask({ type: 'drift-images', count: TARGETS });
  await service.sweep('images');
  await queue.idle();
});

interface Running {
  readonly service: BenchService;
  readonly queue: BenchQueue;
}

async function profiled(
  what: string,
  once: (deployment: Deployment, running: Running) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-profile-'));
  try {
    await using deployment = await deploy({ fleet: { images: TARGETS }, concurrency: 50 });
    const service = await deployment.start('scheduler,api');
    const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
    const worker = await deployment.start('worker', env);
    await using queue = await openBenchQueue(deployment.redis?.url ?? '');
    await queue.idle();
    for (let round = 0; round < ROUNDS; round += 1) await once(deployment, { service, queue });
    await worker.stop();
    print(what, topSelfTimes(folder, TOP));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(what: string, top: readonly SelfTime[]): void {
  console.log(`${what}:`);
  for (const { name, share } of top) {
    console.log(`  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`);
  }
}
