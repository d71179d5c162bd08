/**
 * From commit to applied change: pushes to a real git server over HTTP whose post-receive hook tells a service on a
 * real Redis, at 50 ms latency of the cloud; then pushes that the poll alone has to find.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { followed, startPushBench } from '../test/support/push-bench.ts';
import { startRedis } from '../test/support/redis.ts';

const PUSHES = Number(process.argv[2] ?? 50);
const UNHEARD = 5;
const INTERVAL_S = 5;
/** Pushes come one after the other, as people make them, and not in step with anything. */
const GAP_MS = 250;

const redis = await startRedis({ appendonly: true });
try {
  await hooked();
  await polled();
} finally {
  await redis.stop();
}

async function hooked(): Promise<void> {
  await using bench = await startPushBench({ redisUrl: `${redis.url}/0`, interval: '1h' });
  const total: number[] = [];
  const afterPush: number[] = [];
  for (let at = 0; at < PUSHES; at += 1) {
    const since = performance.now();
    await bench.push(`value-${at}`);
    // A hook may be quicker than the push that waits for its answer.
    afterPush.push(await bench.applied(`value-${at}`));
    total.push(performance.now() - since);
    await sleep(GAP_MS * (0.5 + Math.random()));
  }
  report(`commit to applied, ${PUSHES} pushes`, total);
  report('of it after git push has ended', afterPush);
}

async function polled(): Promise<void> {
  const interval = `${INTERVAL_S}s`;
  await using bench = await startPushBench({ redisUrl: `${redis.url}/1`, interval });
  await bench.dropHook();
  const found: number[] = [];
  for (let at = 0; at < UNHEARD; at += 1) {
    const commit = await bench.push(`unheard-${at}`);
    found.push(await followed(bench, commit));
    await bench.applied(`unheard-${at}`);
    await sleep(INTERVAL_S * 1_000 * Math.random());
  }
  report(`no hook, interval ${interval} ±10 %: push to found`, found);
}

function report(name: string, times: readonly number[]): void {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string => {
    const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1);
    return (sorted[Math.max(0, index)] ?? 0).toFixed(0).padStart(6);
  };
  console.log(`${name.padEnd(44)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms`);
}
