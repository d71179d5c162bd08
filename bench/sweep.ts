/**
 * A scheduled sweep of 2,000 drifted images at 50 ms latency and 50 calls at once, from its job to the end of the last pass, over
 * the arithmetic floor: calls × latency / concurrency. Every image needs one write.
 */
import { expectCalls } from './support/counted.ts';
import { deploy } from './support/deployment.ts';
import { median, shown } from './support/figures.ts';
import { IMAGES_ONLY } from './support/fleet.ts';
import { openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const TARGETS = Number(process.argv[2] ?? 2_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const LATENCY_MS = 50;
const CONCURRENCY = 50;

await using deployment = await deploy({
  fleet: { images: TARGETS },
  concurrency: CONCURRENCY,
  policies: IMAGES_ONLY,
});
const { cloud, redis } = deployment;
await deployment.start('scheduler');
await deployment.start('worker');
await using queue = await openBenchQueue(redis?.url ?? '');
await queue.idle();
await cloud.ask({ type: 'latency', ms: LATENCY_MS });

const ratios: number[] = [];
let told = '';
for (let round = -1; round < ROUNDS; round += 1) {
  await cloud.ask({ type: 'drift-images', count: TARGETS });
  await cloud.ask({ type: 'forget' });
  const startedAt = performance.now();
  await queue.sweep('images');
  await queue.idle();
  const ms = performance.now() - startedAt;
  const figures = await cloud.ask({ type: 'figures' });
  // The pages of the query, then each target is listed, looked at right before the write, and written.
  expectCalls('sweep of drifted targets', figures, {
    'ims.ListImageByTags': Math.ceil(TARGETS / 1_000) + 1,
    'ims.ListImageTags': 2 * TARGETS,
    'ims.AddImageTag': TARGETS,
  });
  const { total } = figures;
  const floorMs = (total * LATENCY_MS) / CONCURRENCY;
  // The round before the first one only warms up.
  if (round >= 0) ratios.push(ms / floorMs);
  told = `${shown(ms / 1_000)} s for ${total} calls, floor ${shown(floorMs / 1_000)} s`;
}
report({
  bench: 'sweep',
  what: `${TARGETS} drifted targets over calls × latency / concurrency`,
  value: median(ratios),
  unit: 'x',
  wanted: { limit: 'at most', value: 1.15 },
  figures: `${told}; ${ratios.map(shown).join(', ')}`,
});
