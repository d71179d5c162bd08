/**
 * Passes over targets in sync at zero latency. On Redis: one worker process against a bare loop of "undici GET +
 * JSON.parse + no-op BullMQ job" at the same concurrency, clouds and Redis; embedded: by itself.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { called, type Deployment, deploy } from './support/deployment.ts';
import { median, shown } from './support/figures.ts';
import { drainMs, openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const TARGETS = Number(process.argv[2] ?? 4_000);
const ROUNDS = Number(process.argv[3] ?? 5);
/** Until V8 has compiled what runs: on both sides the first rounds take up to half as long again. */
const WARM_UP_ROUNDS = 4;
const CONCURRENCY = 50;
const EMBEDDED_TARGETS = 2_000;
const EMBEDDED_ROUNDS = 3;
const VISIT = 'uhub.GetImageTag';

await onRedis();
await embedded();

async function onRedis(): Promise<void> {
  await using deployment = await deploy({
    fleet: { images: TARGETS },
    concurrency: CONCURRENCY,
  });
  const { redis, cloud } = deployment;
  const redisUrl = redis?.url ?? '';
  const scheduler = await deployment.start('scheduler');
  await deployment.start('worker');
  // The first sweep is the warm-up; after it nothing is scheduled.
  await using queue = await openBenchQueue(redisUrl);
  await queue.idle();
  await scheduler.stop();
  await using bare = await startBareLoop(redisUrl, cloud.endpoints.ims);

  const rates: { own: number; bare: number }[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    await queue.passes.pause();
    await queue.addPasses(TARGETS);
    const own = TARGETS / ((await drainMs(queue.passes)) / 1_000);
    const other = TARGETS / ((await bare.run()) / 1_000);
    if (round >= 0) rates.push({ own, bare: other });
  }
  const bench = 'throughput';
  const own = median(rates.map((one) => one.own));
  const figures = `${TARGETS} targets, concurrency ${CONCURRENCY}; bare loop ${shown(median(rates.map((one) => one.bare)))}/s`;
  const ratio = median(rates.map((one) => one.own / one.bare));
  report({
    bench,
    what: 'one worker on Redis against a bare loop',
    value: ratio,
    unit: 'x',
    wanted: { limit: 'at least', value: 0.6 },
    figures: rates.map((one) => shown(one.own / one.bare)).join(', '),
  });
  report({
    bench,
    what: 'one worker on Redis',
    value: own,
    unit: 'targets/s',
    wanted: { limit: 'at least', value: 1_500 },
    figures,
  });
}

async function startBareLoop(redisUrl: string, ims: string) {
  const file = new URL('./bare-loop.ts', import.meta.url);
  const child = fork(file, [redisUrl, ims, String(TARGETS), String(CONCURRENCY)]);
  await once(child, 'message');
  const queue = new Queue('bare', { connection: { url: redisUrl }, prefix: 'bare' });
  return {
    async run(): Promise<number> {
      await queue.pause();
      await queue.addBulk(
        Array.from({ length: TARGETS }, (_, index) => ({ name: 'bare', data: { index } })),
      );
      return await drainMs(queue);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await queue.close();
    },
  };
}

/** Targets at UHub: every sweep visits each of them. */
async function embedded(): Promise<void> {
  await using deployment: Deployment = await deploy({
    fleet: { hub: EMBEDDED_TARGETS },
    embedded: true,
    concurrency: CONCURRENCY,
  });
  const { cloud } = deployment;
  const service = await deployment.start('all');
  await called(cloud, VISIT, EMBEDDED_TARGETS);
  const rates: number[] = [];
  for (let round = 0; round < EMBEDDED_ROUNDS; round += 1) {
    // The last passes end after their last call.
    await sleep(1_000);
    await cloud.ask({ type: 'forget' });
    await service.sweep('hub');
    const { firstAt, lastAt } = await called(cloud, VISIT, EMBEDDED_TARGETS);
    rates.push(EMBEDDED_TARGETS / ((lastAt - firstAt) / 1_000));
  }
  report({
    bench: 'throughput',
    what: 'the embedded queue, sweep included',
    value: median(rates),
    unit: 'targets/s',
    wanted: { limit: 'at least', value: 300 },
    figures: `${EMBEDDED_TARGETS} targets; ${rates.map(shown).join(', ')}`,
  });
}
