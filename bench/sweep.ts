/**
 * A scheduled sweep of 2,000 drifted images at 50 ms latency and 50 calls at once, from its job to the end of the last pass, over
 * the arithmetic floor: calls × latency / concurrency. Every image needs one write. A bare loop of as many calls says how much
 * of that is the fake cloud's own, which answers in one process.
 */
import { Pool } from 'undici';
import { expectCalls } from './support/counted.ts';
import { deploy } from './support/deployment.ts';
import { median, shown } from './support/figures.ts';
import { IMAGES_ONLY } from './support/fleet.ts';
import { listTagsOf } from './support/list-tags.ts';
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

const calls = 3 * TARGETS;
const bareMs = await bareLoopMs(cloud.endpoints.ims, calls);
const bareFloorMs = (calls * LATENCY_MS) / CONCURRENCY;
report({
  bench: 'sweep',
  what: `a bare loop of ${calls} calls over calls × latency / concurrency`,
  value: bareMs / bareFloorMs,
  unit: 'x',
  wanted: null,
  figures: `${shown(bareMs / 1_000)} s, floor ${shown(bareFloorMs / 1_000)} s`,
});

/** So many calls, as many at once as the sweep may have under way, and nothing else. */
async function bareLoopMs(endpoint: string, count: number): Promise<number> {
  const pool = new Pool(endpoint, { connections: CONCURRENCY });
  // Signed beforehand.
  const requests = Array.from({ length: TARGETS }, (_, index) => listTagsOf(endpoint, index));
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < count) {
      const request = requests[next % TARGETS];
      next += 1;
      if (request === undefined) throw new Error('there is one for every image');
      const { statusCode, body } = await pool.request({ method: 'GET', ...request });
      const { tags } = JSON.parse(await body.text());
      if (statusCode !== 200 || tags.length !== 4) throw new Error(`status ${statusCode}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  const ms = performance.now() - startedAt;
  await pool.close();
  return ms;
}
