import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hook, HookServer } from '../../src/config/hooks.ts';
import type { PolicySet } from '../../src/model/policy.ts';
import { Secret } from '../../src/model/secret.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { type Backend, openBackend } from '../../src/queue/backend.ts';
import { createEngine, type Engine } from '../../src/queue/engine.ts';
import { reconcileQueue, SWEEP_QUEUE } from '../../src/queue/jobs.ts';
import { createHooks, type Hooks } from '../../src/service/hooks.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { send } from '../server/hooks/hook-bench.ts';
import { payloadOf, SECRET, SENDERS, signed } from '../server/hooks/senders.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { keptLog } from './service-bench.ts';

const POLICY = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: observe
  targets: [{ account: swr, repositories: ["shop/*"] }]
  retain: [{ name: all, action: keep, pattern: ".*" }]
`;

function aHook(name: string, type: Hook['type']): Hook {
  const accounts = type.endsWith('-push') ? [] : [{ name: 'swr', provider: 'huawei-swr' as const }];
  return { name, type, secrets: [new Secret(SECRET)], accounts, repositories: null, events: null };
}

const CONFIG: HookServer = {
  host: '127.0.0.1',
  port: 0,
  trustedProxies: [],
  requireHttps: false,
  toleranceMs: 300_000,
  hooks: [aHook('push', 'github-push'), aHook('own', 'hmac'), aHook('swr', 'swr-enterprise')],
};

describe('createHooks()', () => {
  let redis: RedisServer;
  let backend: Backend;
  let engine: Engine;
  let store: Store;
  let hooks: Hooks;
  let registry: Registry;
  let log: ReturnType<typeof keptLog>;
  let url: string;

  beforeEach(async () => {
    redis = await startRedis();
    log = keptLog();
    backend = await openBackend(redis.url, { log, signal: new AbortController().signal });
    store = await openStore(backend.storage);
    const set: PolicySet = parsePolicies([{ path: 'shop.yaml', text: POLICY }], 'policies');
    const policies = () => set;
    engine = createEngine({
      backend,
      roles: new Set(['api']),
      accounts: [{ name: 'swr', concurrency: 1 }],
      policies,
      discover: async function* () {},
      reconcile: async () => ({ status: 'unselected' }),
      onReport: () => {},
      log,
      now: () => new Date(),
      newId: randomUUID,
    });
    registry = new Registry();
    const roles = new Set(['api'] as const);
    const now = () => new Date();
    const metrics = { registry };
    hooks = createHooks({ config: CONFIG, roles, engine, store, policies, metrics, log, now });
    await hooks.open();
    const line = log.lines.find(({ message }) => message === 'hooks listening');
    url = String(line?.fields['url']);
  });

  afterEach(async () => {
    await hooks.close();
    await engine.stop({ graceMs: 0 });
    await backend.close();
    await redis.stop();
  });

  async function jobs(queue: string) {
    const found = backend.createQueue(queue);
    const waiting = await found.getJobs(['wait', 'prioritized', 'delayed']);
    return waiting.map(({ name, data }) => ({ name, data }));
  }

  async function deliver(hook: string, sender: string, body?: Buffer) {
    const found = SENDERS[sender];
    if (found === undefined) throw new Error(`no sender ${sender}`);
    return await send(`${url}/hooks/${hook}`, signed(found, body ?? payloadOf(found), SECRET));
  }

  test('createHooks() puts a look at the target into the queue, under the id of the delivery', async () => {
    const answer = await deliver('own', 'hmac');

    expect(answer.status).toBe(202);
    expect(await jobs(reconcileQueue('swr'))).toMatchObject([
      {
        name: 'reconcile',
        data: {
          target: { account: 'swr', path: 'shop/web' },
          reason: 'webhook',
          correlationId: 'pipeline-4711',
        },
      },
    ]);
  });

  test('createHooks() puts a push into the queue as a hint to read the policies again', async () => {
    const answer = await deliver('push', 'github-push');

    expect(answer.status).toBe(202);
    expect(await jobs(SWEEP_QUEUE)).toMatchObject([
      { data: { correlationId: '72d3162e-cc78-11e3-81ab-4c9367dc0958' } },
    ]);
    expect(await jobs(reconcileQueue('swr'))).toEqual([]);
  });

  test('createHooks() sweeps the policies of the accounts when the sender does not say what changed', async () => {
    const answer = await deliver('swr', 'swr-enterprise', Buffer.from('{"type":"unheard-of"}'));

    expect(answer.status).toBe(202);
    expect(await jobs(SWEEP_QUEUE)).toMatchObject([
      { name: 'sweep', data: { policy: 'shop', reason: 'webhook' } },
    ]);
  });

  test('createHooks() remembers a delivery over a restart of the process', async () => {
    await deliver('own', 'hmac');

    const repeat = await deliver('own', 'hmac');

    expect(repeat.text).toBe('{"status":"duplicate"}');
    expect(await jobs(reconcileQueue('swr'))).toHaveLength(1);
  });

  test('createHooks() answers 503 within 2 s while Redis is silent or gone, and takes the repeat', async () => {
    await redis.pause();
    const silentAt = performance.now();
    const silent = await deliver('own', 'hmac');
    const silentMs = performance.now() - silentAt;
    await redis.resume();
    await redis.kill();
    const goneAt = performance.now();
    const gone = await deliver('own', 'hmac');
    const goneMs = performance.now() - goneAt;
    await redis.start();

    expect([silent.status, gone.status]).toEqual([503, 503]);
    expect(Math.max(silentMs, goneMs)).toBeLessThan(2_000);
    await expect
      .poll(async () => (await deliver('own', 'hmac')).text, { timeout: 20_000, interval: 500 })
      .toBe('{"status":"accepted"}');
    expect(await jobs(reconcileQueue('swr'))).toHaveLength(1);
  }, 40_000);

  test('createHooks() counts and logs without a secret, a signature or a body', async () => {
    await deliver('own', 'hmac');
    await deliver('own', 'hmac');
    await deliver('own', 'github-push');

    const text = await registry.metrics();
    const written = JSON.stringify(log.lines);
    expect(text).toContain('tagwarden_webhook_requests_total{provider="hmac",result="accepted"} 1');
    expect(text).toContain(
      'tagwarden_webhook_requests_total{provider="hmac",result="duplicate"} 1',
    );
    expect(text).toContain('{provider="hmac",result="bad_signature"} 1');
    expect(text).toContain(
      'tagwarden_webhook_requests_total{provider="github-push",result="accepted"} 0',
    );
    expect(text).toContain('tagwarden_webhook_ack_seconds_count{provider="hmac"} 2');
    for (const hidden of [SECRET, 'sha256=', 'shop/web']) expect(written).not.toContain(hidden);
    expect(log.lines.filter(({ message }) => message.startsWith('delivery refused'))).toMatchObject(
      [{ level: 'warn', fields: { hook: 'own', code: 'bad_signature' } }],
    );
  });

  test('createHooks() opens no port without the role api or without hooks', async () => {
    const metrics = { registry: new Registry() };
    const parts = { engine, store, policies: () => parsePolicies([], 'policies'), metrics, log };
    const now = () => new Date();
    const before = log.lines.length;

    const roles = new Set(['worker'] as const);
    await createHooks({ ...parts, config: CONFIG, roles, now }).open();
    await createHooks({ ...parts, config: null, roles: new Set(['api']), now }).open();

    expect(log.lines).toHaveLength(before);
  });
});
