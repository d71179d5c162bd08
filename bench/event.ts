/**
 * From an event to the write it causes, at 50 ms a call on Redis: the target is listed, looked at once more, written. The
 * fake cloud keeps a request for the whole round trip before it carries it out; half of that belongs to the way back and is
 * taken off, so the least possible is 2.5 round trips.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { imageId } from '../test/support/fleet.ts';
import { deploy } from './support/deployment.ts';
import { quantile, shown } from './support/figures.ts';
import { EVENT_POLICY } from './support/fleet.ts';
import { openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const EVENTS = Number(process.argv[2] ?? 300);
const ROUND_TRIP_MS = 50;
const OVERHEAD_MS = 30;
/** Events come as they like, some of them while others are under way. */
const GAP_MS = 60;
const ids = Array.from({ length: EVENTS }, (_, index) => imageId(index));

await using deployment = await deploy({
  fleet: { images: EVENTS },
  concurrency: 20,
  policies: { 'images.yaml': EVENT_POLICY.replace('IDS', ids.join(', ')) },
});
const { cloud, redis } = deployment;
await deployment.start('scheduler');
await deployment.start('worker');
await using queue = await openBenchQueue(redis?.url ?? '');
// The first sweep.
await queue.idle();

const figures: number[] = [];
for (const round of ['warm-up', 'measured']) {
  await cloud.ask({ type: 'latency', ms: 0 });
  await cloud.ask({ type: 'drift-images', count: EVENTS });
  await cloud.ask({ type: 'latency', ms: ROUND_TRIP_MS });
  await cloud.ask({ type: 'forget' });
  const askedAt = new Map<string, number>();
  for (const path of ids) {
    askedAt.set(path, Date.now());
    await queue.trigger(path);
    await sleep(GAP_MS * 2 * Math.random());
  }
  await queue.idle();
  const { writes } = await cloud.ask({ type: 'figures' });
  if (writes.length !== EVENTS) throw new Error(`${writes.length} writes of ${EVENTS}`);
  if (round === 'warm-up') continue;
  figures.push(
    ...writes.map(({ target, at }) => at - ROUND_TRIP_MS / 2 - (askedAt.get(target) ?? 0)),
  );
}

for (const [name, share] of [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const) {
  const ms = quantile(figures, share);
  const allowed = 2.5 + OVERHEAD_MS / ROUND_TRIP_MS;
  report({
    bench: 'event',
    what: `event to write, ${name}`,
    value: ms / ROUND_TRIP_MS,
    unit: 'round trips',
    wanted: name === 'p95' ? { limit: 'at most', value: allowed } : null,
    figures: `${shown(ms)} ms of ${EVENTS} events, ${ROUND_TRIP_MS} ms a round trip`,
  });
}
