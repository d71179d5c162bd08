import { Redis } from 'ioredis';
import { describe, expect, inject, test } from 'vitest';
import { REDIS_MISSING, startRedis } from './redis.ts';
import { chooseSource, type RedisSource, type Surroundings, shareRedis } from './redis-shared.ts';

function aMachine(overrides: Partial<Surroundings> = {}): Surroundings {
  return {
    redisUrl: null,
    hasDocker: async () => false,
    hasServer: () => false,
    mayInstall: () => false,
    install: () => {},
    startServer: () => startRedis(),
    ...overrides,
  };
}

const yes = async () => true;

describe('chooseSource()', () => {
  test.each<{ source: RedisSource | null; machine: Partial<Surroundings> }>([
    {
      source: 'REDIS_URL',
      machine: { redisUrl: 'redis://h', hasDocker: yes, hasServer: () => true },
    },
    { source: 'docker', machine: { hasDocker: yes, hasServer: () => true } },
    { source: 'path', machine: { hasServer: () => true, mayInstall: () => true } },
    { source: 'apt', machine: { mayInstall: () => true } },
    { source: null, machine: {} },
  ])('prefers $source', async ({ source, machine }) => {
    expect(await chooseSource(aMachine(machine))).toBe(source);
  });
});

describe('shareRedis()', () => {
  test('uses the Redis that REDIS_URL names and leaves it running', async () => {
    const mine = await startRedis();

    const shared = await shareRedis(aMachine({ redisUrl: mine.url, hasServer: () => true }));
    await shared.stop();

    const client = new Redis(mine.url);
    expect(shared).toMatchObject({ url: mine.url, from: 'REDIS_URL' });
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
    await mine.stop();
  });

  test('refuses a REDIS_URL that does not answer, without printing it', async () => {
    const url = 'redis://:hunter2@127.0.0.1:1';

    const message = await shareRedis(aMachine({ redisUrl: url, hasServer: () => true })).catch(
      (error: unknown) => String(error),
    );

    expect(message).toBe('Error: Cannot reach the Redis that REDIS_URL names');
  });

  test('starts the redis-server that it installed', async () => {
    let installs = 0;
    const install = () => {
      installs += 1;
    };

    const shared = await shareRedis(aMachine({ mayInstall: () => true, install }));
    await shared.stop();

    expect({ installs, from: shared.from }).toEqual({ installs: 1, from: 'apt' });
  });

  test('installs redis-server for private servers beside a REDIS_URL', async () => {
    let installs = 0;
    const install = () => {
      installs += 1;
    };
    const machine = aMachine({ redisUrl: inject('redisUrl'), mayInstall: () => true, install });

    await shareRedis(machine);

    expect(installs).toBe(1);
  });

  test('says what to do when there is no way to a Redis', async () => {
    await expect(shareRedis(aMachine())).rejects.toThrow(REDIS_MISSING);
  });
});
