import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { createClouds, createFleetBudgets } from '../../src/clouds.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { Secret } from '../../src/model/secret.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import { aDelete } from '../support/provider-bench.ts';
import { KEYS } from '../support/workspace.ts';
import { freely } from '../support/write-check.ts';

/**
 * One of several processes that share the budgets of an account in Redis. Lists repositories for a while, or deletes every tag of
 * one, and says at the end what came of it.
 */
const { values } = parseArgs({
  options: {
    redis: { type: 'string', default: '' },
    swr: { type: 'string', default: '' },
    rate: { type: 'string', default: '100' },
    'max-deletes': { type: 'string', default: '500' },
    'for-ms': { type: 'string', default: '1000' },
    callers: { type: 'string', default: '20' },
    repository: { type: 'string', default: 'shop/app-0' },
    delete: { type: 'boolean', default: false },
  },
});

const redis = new Redis(values.redis);
const store = createRedisStore({ redis, prefix: '{budgets}' });
const budgets = createFleetBudgets(store, {
  maxDeletesPerHour: Number(values['max-deletes']),
  maxFleetDeletePercent: 100,
});
const clouds = createClouds(
  [
    {
      name: 'swr-north',
      provider: 'huawei-swr',
      endpoint: values.swr,
      region: 'cn-north-4',
      projectId: KEYS.projectId,
      auth: {
        type: 'access-key',
        accessKey: new Secret(KEYS.accessKey),
        secretKey: new Secret(KEYS.secretKey),
        securityToken: null,
      },
      limits: { requestsPerSecond: Number(values.rate), burst: 1, concurrency: 20 },
      timeoutMs: 5_000,
      protect: [],
      caFile: null,
    },
  ],
  budgets,
);
let fallbacks = 0;
clouds.onEvent(({ type }) => {
  if (type === 'budget-silent') fallbacks += 1;
});
const sentAt: number[] = [];
clouds.onRequest(({ durationMs }) => void sentAt.push(Date.now() - durationMs));
const provider = clouds.providers.get('swr-north');
if (provider === undefined) throw new Error('no provider');
const target = { account: 'swr-north', path: values.repository };
const { signal } = new AbortController();

process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const lag = monitorEventLoopDelay({ resolution: 5 });
lag.enable();
const codes: string[] = [];
if (values.delete) {
  const { tags } = await provider.list(target, signal);
  await Promise.all(
    tags.map(async ({ name }) => {
      try {
        await provider.perform(target, aDelete({ tag: name }), freely, signal);
        codes.push('ok');
      } catch (error) {
        codes.push(error instanceof Error && 'code' in error ? String(error.code) : String(error));
      }
    }),
  );
} else {
  const untilMs = performance.now() + Number(values['for-ms']);
  const list = async (): Promise<void> => {
    try {
      await provider.list(target, signal);
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error;
      codes.push(error.code);
      // As a worker's queue would.
      await sleep(1_000);
    }
  };
  await Promise.all(
    Array.from({ length: Number(values.callers) }, async () => {
      while (performance.now() < untilMs) await list();
    }),
  );
}
process.stdout.write(`${JSON.stringify({ fallbacks, codes, sentAt, lagMs: lag.max / 1e6 })}\n`);
await clouds.close();
redis.disconnect();
process.stdin.destroy();
