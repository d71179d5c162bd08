/**
 * Where a worker on Redis spends its time: the ten functions with the most self time while it visits targets in sync at zero
 * latency, while it brings drifted ones into place, and in scheduled sweeps of images in sync.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectCalls } from './support/counted.ts';
import { called, type Deployment, deploy } from './support/deployment.ts';
import { IMAGES_ONLY } from './support/fleet.ts';
import { type SelfTime, topSelfTimes } from './support/profile.ts';
import { type BenchQueue, drainMs, openBenchQueue } from './support/queue.ts';

const TARGETS = 4_000;
const ROUNDS = 3;
const TOP = Number(process.argv[2] ?? 10);

const SWEPT = 50_000;

await profiled('passes over targets in sync', TARGETS, async (_, queue) => {
  await queue.passes.pause();
  await queue.addPasses(TARGETS);
  await drainMs(queue.passes);
});
await profiled('sweeps of drifted targets', TARGETS, async ({ cloud }, queue) => {
  await cloud.ask({ type: 'drift-images', count: TARGETS });
  await queue.sweep('images');
  await queue.idle();
});
await profiled('sweeps of images in sync', SWEPT, async ({ cloud }, queue) => {
  await cloud.ask({ type: 'forget' });
  await queue.sweep('images');
  await queue.idle();
  const calls = { 'ims.ListImageByTags': SWEPT / 1_000 + 1 };
  expectCalls('sweep of images in sync', await cloud.ask({ type: 'figures' }), calls);
});

async function profiled(
  what: string,
  images: number,
  once: (deployment: Deployment, queue: BenchQueue) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-profile-'));
  try {
    const policies = IMAGES_ONLY;
    await using deployment = await deploy({ fleet: { images }, concurrency: 50, policies });
    await deployment.start('scheduler');
    const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
    const worker = await deployment.start('worker', env);
    await using queue = await openBenchQueue(deployment.redis?.url ?? '');
    await called(deployment.cloud, 'ims.ListImageByTags', 1);
    await queue.idle();
    for (let round = 0; round < ROUNDS; round += 1) await once(deployment, queue);
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
