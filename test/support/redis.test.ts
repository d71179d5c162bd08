import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { type RedisOptions, type RedisServer, startRedis } from './redis.ts';

/** What ioredis says of a command on a lost connection. */
const GONE = /Connection is closed|ECONNREFUSED/;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function aServer(options?: RedisOptions): Promise<RedisServer> {
  const server = await startRedis(options);
  cleanups.push(() => server.stop());
  return server;
}

function aClient(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => {});
  cleanups.push(async () => client.disconnect());
  return client;
}

describe('startRedis()', () => {
  test('starts a server that keeps every key by default', async () => {
    const { url } = await aServer();

    const policy = await aClient(url).config('GET', 'maxmemory-policy');

    expect(policy).toEqual(['maxmemory-policy', 'noeviction']);
  });

  test('takes another eviction policy and further arguments', async () => {
    const { url } = await aServer({ maxmemoryPolicy: 'allkeys-lru', args: ['--databases', '3'] });
    const client = aClient(url);

    expect(await client.config('GET', 'maxmemory-policy')).toEqual([
      'maxmemory-policy',
      'allkeys-lru',
    ]);
    expect(await client.config('GET', 'databases')).toEqual(['databases', '3']);
  });

  test('gives each caller a server of its own', async () => {
    const [one, two] = await Promise.all([aServer(), aServer()]);

    await aClient(one.url).set('key', 'value');

    expect(await aClient(two.url).get('key')).toBeNull();
  });

  test('comes back empty at the same address after kill() and start()', async () => {
    const server = await aServer();
    await aClient(server.url).set('key', 'value');

    await server.kill();
    await expect(aClient(server.url).ping()).rejects.toThrow(GONE);
    await server.start();

    expect(await aClient(server.url).get('key')).toBeNull();
  });

  test('comes back with its data when it keeps an append-only file', async () => {
    const server = await aServer({ appendonly: true });
    await aClient(server.url).set('key', 'value');

    await server.kill();
    await server.start();

    expect(await aClient(server.url).get('key')).toBe('value');
  });

  test('answers nothing between pause() and resume()', async () => {
    const server = await aServer();
    const client = aClient(server.url);
    await client.ping();

    await server.pause();
    const answer = client.ping();
    const first = await Promise.race([answer, sleep(150)]);
    await server.resume();

    expect(first).toBe('silence');
    expect(await answer).toBe('PONG');
  });

  test('stops a paused server, twice without complaint, and leaves no folder', async () => {
    const server = await startRedis();
    const [, folder = ''] = (await aClient(server.url).config('GET', 'dir')) as string[];
    await server.pause();

    await server.stop();
    await server.stop();

    await expect(aClient(server.url).ping()).rejects.toThrow(GONE);
    expect(existsSync(folder)).toBe(false);
  });

  test('stops a killed server', async () => {
    const server = await startRedis();
    await server.kill();

    await server.stop();

    await expect(aClient(server.url).ping()).rejects.toThrow(GONE);
  });

  test('tells why redis-server does not start', async () => {
    await expect(startRedis({ args: ['--no-such-option', 'x'] })).rejects.toThrow(
      /^Cannot start redis-server: /,
    );
  });
});

test('the global setup provides a Redis that answers', async () => {
  expect(await aClient(inject('redisUrl')).ping()).toBe('PONG');
});

async function sleep(ms: number): Promise<string> {
  return await new Promise((resolve) => setTimeout(() => resolve('silence'), ms));
}
