/**
 * Webhooks under a flood: 2,000 requests a second without a valid signature for 10 s against the built-in server of
 * hooks on a real Redis, from processes of their own; latency of /livez and of signed deliveries beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PolicySet } from '../src/model/policy.ts';

const SECONDS = 10;
const FLOOD = 2_000;
const SIGNED = 20;
const SECRET = 'bench-secret-of-more-than-24-bytes';

type Kind = 'unsigned' | 'wrong';

if (process.argv[2] === 'flood') await flood(process.argv[3] ?? '', process.argv[4] as Kind);
else if (process.argv[2] === 'serve') await serve();
else await measure();

/** One server process: hooks and health on two ports, jobs into Redis, nobody works on them. */
async function serve(): Promise<void> {
  const { startServer } = await import('../src/server/app.ts');
  const { startHooks } = await import('../src/server/hooks/server.ts');
  const { Secret } = await import('../src/model/secret.ts');
  const { openBackend } = await import('../src/queue/backend.ts');
  const { openStore } = await import('../src/store/open.ts');
  const { createQueues } = await import('../src/queue/queues.ts');
  const { createDispatch } = await import('../src/queue/dispatch.ts');
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const backend = await openBackend(process.env['REDIS_URL'] ?? '', { log });
  const store = await openStore(backend.storage);
  const accounts = [{ name: 'swr', provider: 'huawei-swr' as const }];
  const queues = createQueues({ backend, accounts });
  const policies = (): PolicySet => ({ policies: [], tests: [], revision: 'sha256:0' });
  const dispatch = createDispatch(
    { policies, newId: randomUUID, settings: { attempts: 1 } },
    queues,
  );
  const health = await startServer(
    { host: '127.0.0.1', port: 0 },
    {
      notReady: () => null,
      hasStarted: () => true,
      scrub: (text: string) => text,
      checks: async () => [],
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      api: null,
      newId: randomUUID,
    },
  );
  const counts: Record<string, number> = {};
  const hooks = await startHooks(
    {
      host: '127.0.0.1',
      port: 0,
      trustedProxies: [],
      requireHttps: false,
      toleranceMs: 300_000,
      hooks: [
        {
          name: 'one',
          type: 'hmac',
          secrets: [new Secret(SECRET)],
          accounts,
          repositories: null,
          events: null,
        },
      ],
    },
    {
      claimDelivery: async (id, now) => await store.claimDelivery(id, now),
      keepDelivery: async (id, now) => await store.keepDelivery(id, now),
      dropDelivery: async (id) => await store.dropDelivery(id),
      enqueue: async (ask, id) => {
        if (ask.type !== 'targets') return;
        for (const target of ask.targets) await dispatch.trigger(target, 'webhook', id);
      },
      now: () => new Date(),
      newId: randomUUID,
      monotonicMs: () => performance.now(),
      onDelivery: ({ result }) => {
        counts[result] = (counts[result] ?? 0) + 1;
      },
    },
  );
  process.send?.({ health: health.url, hooks: hooks.url });
  process.on('message', () => process.send?.({ counts, cpu: process.cpuUsage() }));
}

/** Sends at an even pace, from an address of its own, and counts the answers. */
async function flood(url: string, kind: Kind): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50, localAddress: '127.0.0.2' });
  const statuses: Record<string, number> = {};
  const startedAt = performance.now();
  const proof = kind === 'wrong' ? { 'x-signature': `sha256=${'0'.repeat(64)}` } : {};
  const under = new Set<Promise<void>>();
  for (let sent = 0; sent < FLOOD * SECONDS; sent += 1) {
    const aheadMs = (sent / FLOOD) * 1_000 - (performance.now() - startedAt);
    if (aheadMs > 1) await sleep(aheadMs);
    const one = post(url, '{"id":"x","repository":"shop/web"}', { agent, headers: proof })
      .then(({ status }) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
      })
      .finally(() => under.delete(one));
    under.add(one);
  }
  await Promise.all(under);
  const tookS = (performance.now() - startedAt) / 1_000;
  process.send?.({ statuses, perSecond: Math.round((FLOOD * SECONDS) / tookS) });
}

async function measure(): Promise<void> {
  const { startRedis } = await import('../test/support/redis.ts');
  const redis = await startRedis({ appendonly: true });
  try {
    for (const kind of ['none', 'unsigned', 'wrong'] as const) await round(redis.url, kind);
  } finally {
    await redis.stop();
  }
}

async function round(redisUrl: string, kind: Kind | 'none'): Promise<void> {
  const server = start(['serve'], { REDIS_URL: redisUrl });
  try {
    const [urls] = await once(server, 'message');
    const hookUrl = `${urls.hooks}/hooks/one`;
    const attacker = kind === 'none' ? null : start(['flood', hookUrl, kind]);
    const said = attacker === null ? null : once(attacker, 'message');
    const live: number[] = [];
    const acks: number[] = [];
    const statuses = new Set<number>();
    const endsAt = performance.now() + SECONDS * 1_000;
    while (performance.now() < endsAt) {
      const pause = sleep(1_000 / SIGNED);
      const body = JSON.stringify({ id: randomUUID(), repository: 'shop/web' });
      const mac = createHmac('sha256', SECRET).update(body).digest('hex');
      const headers = { 'x-signature': `sha256=${mac}` };
      const [health, ack] = await Promise.all([
        ask(`${urls.health}/livez`),
        post(hookUrl, body, { headers }),
      ]);
      live.push(health.ms);
      acks.push(ack.ms);
      statuses.add(ack.status);
      await pause;
    }
    const flooded = said === null ? null : (await said)[0];
    server.send({});
    const [{ counts, cpu }] = await once(server, 'message');
    const cpuS = (cpu.user + cpu.system) / 1e6;
    console.log(
      `${kind.padEnd(9)} flood ${String(flooded?.perSecond ?? 0).padStart(5)}/s ${JSON.stringify(flooded?.statuses ?? {})}; ` +
        `/livez p50 ${at(live, 0.5)} p99 ${at(live, 0.99)} ms; signed ${acks.length} p50 ${at(acks, 0.5)} p99 ${at(acks, 0.99)} ms, ` +
        `answers ${[...statuses].join()}; server ${cpuS.toFixed(1)} s CPU; ${JSON.stringify(counts)}`,
    );
  } finally {
    server.kill('SIGKILL');
  }
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
}

interface Timed {
  readonly status: number;
  readonly ms: number;
}

interface PostOptions {
  readonly agent?: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

async function post(url: string, body: string, options: PostOptions): Promise<Timed> {
  const headers = { ...options.headers, 'content-type': 'application/json' };
  return await call(url, { ...options, headers, method: 'POST' }, body);
}

async function ask(url: string): Promise<Timed> {
  return await call(url, { method: 'GET' }, '');
}

async function call(url: string, options: object, body: string): Promise<Timed> {
  const startedAt = performance.now();
  return await new Promise((resolve, reject) => {
    const client = request(url, options, (response) => {
      response.resume();
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, ms: performance.now() - startedAt });
      });
    });
    client.on('error', reject);
    client.end(body);
  });
}

function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}
