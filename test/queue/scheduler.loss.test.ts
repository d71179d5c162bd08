import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { ENGINE_DEFAULTS } from '../../src/queue/engine-options.ts';
import { startRedis } from '../support/redis.ts';
import { aPolicy, aSet, aWorld, inSync, pause, SILENT, until } from './support.ts';

const TARGETS = 2_000;
/** The shortest interval a policy may have. */
const INTERVAL_MS = 10_000;

test('restoreSchedulers() has all 2,000 targets looked at within one interval after a FLUSHALL', async () => {
  const redis = await startRedis();
  onTestFinished(async () => await redis.stop());
  const admin = new Redis(redis.url);
  onTestFinished(() => admin.disconnect());
  // What the clouds hold: a pass writes only what it finds missing.
  const tagged = new Set<string>();
  const passes: { readonly path: string; readonly atMs: number }[] = [];
  let writes = 0;
  const schedule = { type: 'interval', intervalMs: INTERVAL_MS } as const;
  const start = async () => {
    const backend = await openBackend(redis.url, { log: SILENT });
    onTestFinished(async () => await backend.close());
    const world = aWorld(backend, ['swr']);
    const engine = createEngine({
      ...world.options,
      accounts: [{ name: 'swr', concurrency: 20 }],
      policies: () => aSet('1', aPolicy('shop', { schedule })),
      async *discover() {
        for (let at = 0; at < TARGETS; at += 1) {
          yield { target: { account: 'swr', path: `shop/${at}` }, attributes: {} };
        }
      },
      async reconcile({ target }) {
        await pause(5);
        passes.push({ path: target.path, atMs: performance.now() });
        if (!tagged.has(target.path)) writes += 1;
        tagged.add(target.path);
        return inSync(target);
      },
      newId: randomUUID,
      settings: {
        ...world.options.settings,
        resyncSchedulersMs: ENGINE_DEFAULTS.resyncSchedulersMs,
      },
    });
    onTestFinished(async () => await engine.stop({ graceMs: 0 }));
    await engine.start();
  };
  await Promise.all([start(), start(), start()]);
  await until('the middle of the first sweep', () => tagged.size > TARGETS / 3);

  await admin.flushall();
  const lostMs = performance.now();
  const seenSince = () =>
    new Set(passes.filter(({ atMs }) => atMs > lostMs).map(({ path }) => path));
  await until('all targets', () => tagged.size === TARGETS && seenSince().size === TARGETS, 25_000);
  const tookMs = performance.now() - lostMs;

  console.info({ targets: TARGETS, healedInS: tookMs / 1_000, passes: passes.length, writes });
  expect(writes).toBe(TARGETS);
  // One interval until somebody looks, and what 2,000 passes take.
  expect(tookMs).toBeLessThan(INTERVAL_MS + 5_000);
}, 60_000);
