import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { openBackend, probeQueue } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { addJob } from '../../src/queue/queues.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { passOf } from './queue-bench.ts';
import { aWorld, inSync, keepingLog, pause, SILENT, until } from './support.ts';

let redis: RedisServer | null = null;

afterEach(async () => {
  await redis?.stop();
  redis = null;
});

describe('openBackend()', () => {
  test.each([
    { command: 'CONFIG allowed', args: [] },
    { command: 'CONFIG forbidden', args: ['--rename-command', 'CONFIG', ''] },
  ])('refuses a Redis that evicts, $command', async ({ args }) => {
    redis = await startRedis({ maxmemoryPolicy: 'allkeys-lru', args });

    await expect(openBackend(redis.url, { log: SILENT })).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringMatching(
        /^Cannot use queue "redis:\/\/[^"]+": its maxmemory-policy is allkeys-lru, expected noeviction.*CONFIG SET maxmemory-policy noeviction/,
      ),
    });
  });

  test('takes a safe Redis where CONFIG is forbidden, and warns of a missing append-only file', async () => {
    redis = await startRedis({ args: ['--rename-command', 'CONFIG', ''] });
    const log = keepingLog();

    const backend = await openBackend(redis.url, { log });
    await backend.close();

    expect(log.lines).toEqual([
      {
        level: 'warn',
        fields: { queue: redis.url, remedy: 'appendonly yes' },
        message: expect.stringContaining('append-only'),
      },
    ]);
  });

  test('does not warn of a Redis with an append-only file', async () => {
    redis = await startRedis({ appendonly: true });
    const log = keepingLog();

    const backend = await openBackend(redis.url, { log });
    await backend.close();

    expect(log.lines).toEqual([]);
  });

  test('refuses a Redis without an append-only file where one is required, and says what to do', async () => {
    redis = await startRedis();
    const options = { log: SILENT, appendOnly: 'require' } as const;

    await expect(openBackend(redis.url, options)).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringMatching(/no append-only file.*CONFIG SET appendonly yes/),
    });
  });

  test('takes a Redis with an append-only file where one is required', async () => {
    redis = await startRedis({ appendonly: true });

    const backend = await openBackend(redis.url, { log: SILENT, appendOnly: 'require' });

    await expect(backend.ping()).resolves.toBeUndefined();
    await backend.close();
  });

  test('refuses a Redis that is too old, and names both versions', async () => {
    redis = await startRedis();
    await using old = await pretendVersion(redis.port, '6.0.9');

    await expect(openBackend(old.url, { log: SILENT })).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
      message: expect.stringMatching(/: it is Redis 6\.0\.9, expected 6\.2\.0 or newer$/),
    });
  });

  test.each([
    { url: 'postgres://me:hunter2@host:port/x', says: 'its URL cannot be parsed' },
    { url: 'amqp://me:hunter2@db', says: 'Cannot open queue "amqp:"' },
    { url: 'hunter2', says: 'no known kind of queue' },
    { url: 'redis://:hunter2@host:port', says: 'its URL cannot be parsed' },
    { url: 'embedded:', says: 'it names no folder' },
  ])('refuses $url as a configuration error', async ({ url, says }) => {
    const opening = openBackend(url, { log: SILENT });

    await expect(opening).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(says),
    });
    await expect(opening).rejects.not.toMatchObject({
      message: expect.stringContaining('hunter2'),
    });
  });
});

describe('probeQueue()', () => {
  test('names the kind of a queue that is fine', async () => {
    await expect(probeQueue({ url: inject('redisUrl') })).resolves.toMatch(/^redis/);
  });

  test('tells of a missing append-only file', async () => {
    redis = await startRedis();

    await expect(probeQueue({ url: redis.url })).resolves.toMatch(
      /^redis; warning: Redis keeps no append-only file/,
    );
  });

  test('fails where an append-only file is required', async () => {
    redis = await startRedis();

    await expect(probeQueue({ url: redis.url, appendOnly: 'require' })).rejects.toMatchObject({
      code: 'QUEUE_UNSAFE',
    });
  });

  test('fails within 3 s when nothing listens', async () => {
    const before = performance.now();

    await expect(
      probeQueue({ url: 'redis://me:hunter2@127.0.0.1:1?x=hunter2' }),
    ).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message:
        'Cannot reach queue "redis://127.0.0.1:1": ECONNREFUSED, expected a Redis that answers',
    });
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  test('fails within 3 s when somebody listens and says nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // listen() above makes it a TCP address.
    const { port } = server.address() as AddressInfo;
    const before = performance.now();

    await expect(probeQueue({ url: `redis://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining('no answer within 2 s'),
    });
    expect(performance.now() - before).toBeLessThan(3_000);
    server.close();
  });

  test('names a refused password by its class only', async () => {
    redis = await startRedis({ args: ['--requirepass', 'right'] });

    await expect(
      probeQueue({ url: `redis://:hunter2@127.0.0.1:${redis.port}` }),
    ).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringMatching(/: WRONGPASS, expected/),
    });
  });
});

describe('openBackend() while Redis starts', () => {
  test('waits for it', async () => {
    redis = await startRedis();
    await redis.kill();
    const opening = openBackend(redis.url, { log: SILENT });
    await pause(300);

    await redis.start();

    const backend = await opening;

    await expect(backend.ping()).resolves.toBeUndefined();
    await backend.close();
  });
});

/** The same Redis, which says that it is of another version. */
async function pretendVersion(port: number, version: string) {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      // As long as before: the reply says its length. The rest of the line before is cut.
      const text = chunk.toString('latin1').replace(/redis_version:[^\r]+/, (line) => {
        return `redis_version:${version}`.padEnd(line.length, ' ');
      });
      client.write(text, 'latin1');
    });
    for (const one of [client, upstream]) {
      one.on('error', () => {});
      one.on('close', () => [client, upstream].map((socket) => socket.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // listen() above makes it a TCP address.
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${own}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      return await Promise.resolve();
    },
  };
}

const YES_OR_NO = [() => true, () => false] as const;

describe('createEngine() while Redis is away', () => {
  test('trigger() fails within 2.5 s, and workers go on when it is back', async () => {
    redis = await startRedis({ appendonly: true });
    const backend = await openBackend(redis.url, { log: SILENT });
    const world = aWorld(backend, ['swr']);
    const engine = createEngine({ ...world.options, roles: new Set(['worker', 'api']) });
    await engine.start();
    await redis.kill();
    const before = performance.now();

    await expect(engine.trigger({ account: 'swr', path: 'a' }, 'webhook')).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    const tookMs = performance.now() - before;
    await expect(backend.ping()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await redis.start();
    world.reconcile = async ({ target }) => inSync(target);
    await until('Redis is back', async () => await backend.ping().then(...YES_OR_NO));
    await engine.trigger({ account: 'swr', path: 'b' }, 'webhook');
    await until('pass', () => world.requests.some(({ target }) => target.path === 'b'));

    expect(tookMs).toBeLessThan(2_500);
    await engine.stop({ graceMs: 1_000 });
    await backend.close();
  });

  test('a queue that was made meanwhile works when it is back', async () => {
    redis = await startRedis();
    const backend = await openBackend(redis.url, { log: SILENT });
    await redis.kill();
    const queue = backend.createQueue('reconcile.swr');

    await expect(addJob(queue, passOf('a'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await redis.start();
    const back = async () => await addJob(queue, passOf('b')).then(...YES_OR_NO);
    const taken = until('an event', back);

    await expect(taken).resolves.toBeUndefined();
    await queue.close();
    await backend.close();
  });

  test('stop() ends in time', async () => {
    redis = await startRedis();
    const backend = await openBackend(redis.url, { log: SILENT });
    const world = aWorld(backend, ['swr']);
    const engine = createEngine({ ...world.options, roles: new Set(['worker', 'api']) });
    await engine.start();
    await redis.kill();
    const before = performance.now();

    await engine.stop({ graceMs: 1_000 });
    await backend.close();

    expect(performance.now() - before).toBeLessThan(6_000);
  });
});
