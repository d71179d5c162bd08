import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fleetPolicies } from '../support/fleet.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { runTagwarden, startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { type CanaryCloud, type CloudMode, MODES, startCanaryCloud } from './canary-cloud.ts';
import { CANARIES, echo, leaks, needles } from './canary-secrets.ts';

/** R20: whatever a cloud, a proxy or a mistake says back, no secret leaves the process. */
describe('six canary secrets in eight encodings', () => {
  let cloud: CanaryCloud;
  let redis: RedisServer;
  let workspace: Workspace;
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let service: TagwardenProcess | null = null;

  beforeEach(async () => {
    cloud = await startCanaryCloud();
    collector = await startCollector();
    redis = await startRedis({ args: ['--requirepass', CANARIES.REDIS_PASSWORD] });
    workspace = await createWorkspace({
      simulator: { endpoints: endpointsAt(cloud.url) },
      queueUrl: redis.url.replace('redis://', 'redis://:${REDIS_PASSWORD}@'),
      policies: fleetPolicies('10s'),
      config: {
        log: { level: 'trace' },
        audit: { folder: './audit' },
        server: { port: 0, adminToken: '${ADMIN_TOKEN}' },
      },
      account: { timeout: '500ms' },
    });
  });

  afterEach(async () => {
    service?.kill('SIGKILL');
    await Promise.all([cloud.close(), redis.stop(), collector.close()]);
    await workspace.remove();
  });

  const env = () => ({ ...CANARIES, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });

  test('the search would find them: the cloud sends all of them', async () => {
    expect(leaks(echo())).toHaveLength(needles().length);
    expect(leaks(await (await fetch(cloud.url)).text()).length).toBeGreaterThanOrEqual(40);
  });

  test.each(MODES)(
    'no command lets one out while the cloud answers with %s',
    async (mode) => {
      const { configFile, folder } = workspace;
      cloud.mode = mode;

      // Side by side: most of their time they wait for the next attempt.
      const all = await Promise.all(
        commandsOf(folder, mode).map(async (args) => {
          const { stdout, stderr } = await runTagwarden([...args, '--config', configFile], env());
          return leaks(stdout + stderr).map((leak) => `${args[0]}: ${leak}`);
        }),
      );

      expect([...all.flat(), ...(await leaksOfFolder(folder))]).toEqual([]);
    },
    120_000,
  );

  test('a running service lets none out: log, metrics, API, traces, audit, Redis, crash', async () => {
    const found: string[] = [];
    service = startTagwarden(['run', '--config', workspace.configFile], env());
    const line = await service.waitFor(/service started/);
    const url = /"url":"([^"]+)"/.exec(line)?.[1] ?? '';
    for (const mode of MODES) {
      cloud.mode = mode;
      await runTagwarden(
        ['trigger', 'swr-north/a/b', 'ims-north/x', '--config', workspace.configFile],
        env(),
      );
      await sleep(1_000);
    }
    for (const path of [
      '/metrics',
      '/livez',
      '/readyz?verbose',
      '/api/v1/targets',
      '/api/v1/runs',
      '/api/v1/policies',
      '/nothing',
    ]) {
      const answer = await fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${CANARIES.ADMIN_TOKEN}` },
      });
      const headers = JSON.stringify([...answer.headers]);
      found.push(...leaks(headers + (await answer.text())).map((leak) => `${path}: ${leak}`));
    }
    await sleep(1_500);
    found.push(...leaks(await everythingIn(redis)).map((leak) => `redis: ${leak}`));
    await redis.kill();
    await sleep(1_000);
    service.kill('SIGTERM');
    await service.ended;
    found.push(
      ...leaks([...service.lines, ...service.errors].join('\n')).map((leak) => `log: ${leak}`),
    );
    found.push(...leaks(collector.bodies.join('\n')).map((leak) => `traces: ${leak}`));
    found.push(...(await leaksOfFolder(workspace.folder)));

    expect(service.lines.length).toBeGreaterThan(20);
    expect(collector.bodies.length).toBeGreaterThan(0);
    expect(found).toEqual([]);
  }, 120_000);

  test('no mistake in the configuration shows one', async () => {
    const found: string[] = [];
    for (const secret of Object.values(CANARIES)) {
      const document = {
        queue: { url: `redis://user:${encodeURIComponent(secret)}@127.0.0.1:1/0` },
        accounts: {
          hub: { provider: 'ucloud-uhub', auth: { publicKey: secret, privateKey: secret } },
        },
        server: { adminToken: secret },
      };
      const file = join(workspace.folder, 'wrong.yaml');
      await writeFile(file, JSON.stringify(document, null, 2));
      for (const args of [['validate'], ['doctor'], ['plan'], ['run'], ['status']]) {
        const { stdout, stderr } = await runTagwarden([...args, '--config', file], env());
        found.push(...leaks(stdout + stderr).map((leak) => `${args[0]}: ${leak}`));
      }
    }

    expect(found).toEqual([]);
  }, 120_000);
});

function endpointsAt(url: string) {
  const clouds = { ims: url, swr: url, uhub: url, oci: url };
  return { ...clouds, swrRegistry: url, uhubRegistry: url, iam: url, control: url };
}

function commandsOf(folder: string, mode: CloudMode): readonly (readonly string[])[] {
  const asking = [
    ['plan', '--out', join(folder, 'plan.json')],
    ['apply', '--output', 'ndjson'],
    ['snapshot', 'ims-north/x', '--out', join(folder, 'snapshot.yaml'), '--force'],
    ['explain', 'swr-north/a/b', 'latest'],
  ];
  // The others ask no cloud, or say of it what these do.
  if (mode !== 'names') return asking;
  return [
    ...asking,
    ['doctor'],
    ['validate'],
    ['plan', '--output', 'markdown'],
    ['plan', '--output', 'json', '--target', 'swr-north/a/b'],
    ['status', '--output', 'json'],
    ['history', 'swr-north/a/b', '--tag', CANARIES.HW_SK],
    ['undo', CANARIES.UC_PRI],
    ['pause', '--reason', CANARIES.HW_AK],
    ['resume'],
  ];
}

async function leaksOfFolder(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (name === 'wrong.yaml' || !(await stat(path)).isFile()) continue;
    found.push(...leaks(await readFile(path, 'latin1')).map((leak) => `${name}: ${leak}`));
    found.push(...leaks(await readFile(path, 'utf8')).map((leak) => `${name}: ${leak}`));
  }
  return found;
}

/** Every key and value there is, as text. */
async function everythingIn(server: RedisServer): Promise<string> {
  const client = new Redis(server.url, { password: CANARIES.REDIS_PASSWORD });
  try {
    const told: string[] = [];
    for (const key of await client.keys('*')) told.push(key, await valueOf(client, key));
    if (told.length < 10) throw new Error('the queue left nothing in Redis');
    return told.join('\n');
  } finally {
    client.disconnect();
  }
}

async function valueOf(client: Redis, key: string): Promise<string> {
  switch (await client.type(key)) {
    case 'string':
      return (await client.get(key)) ?? '';
    case 'hash':
      return Object.entries(await client.hgetall(key))
        .flat()
        .join('\n');
    case 'list':
      return (await client.lrange(key, 0, -1)).join('\n');
    case 'set':
      return (await client.smembers(key)).join('\n');
    case 'zset':
      return (await client.zrange(key, '0', '-1')).join('\n');
    case 'stream':
      return (await client.xrange(key, '-', '+')).flat(2).join('\n');
    default:
      return '';
  }
}

async function startCollector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
