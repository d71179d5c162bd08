import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { writeOnceATick, writeOnceATurn } from '../../src/queue/one-write.ts';
import { emptyDatabase } from '../support/redis-database.ts';

async function connect(wrap = writeOnceATurn): Promise<Redis> {
  const redis = new Redis(await emptyDatabase(inject('redisUrl')), { retryStrategy: () => 10 });
  onTestFinished(() => redis.disconnect());
  await redis.ping();
  wrap(redis);
  return redis;
}

/** Counts what goes out to the system. */
function written({ stream }: Redis): { readonly writes: () => number } {
  let count = 0;
  const [write, writev] = [stream._write.bind(stream), stream._writev?.bind(stream)];
  stream._write = (...args: Parameters<typeof write>) => {
    count += 1;
    write(...args);
  };
  stream._writev = (...args: Parameters<NonNullable<typeof writev>>) => {
    count += 1;
    writev?.(...args);
  };
  return { writes: () => count };
}

describe.each([writeOnceATurn, writeOnceATick])('$name()', (wrap) => {
  test(`${wrap.name}() sends what is asked for at once in one write, texts and bytes in their order`, async () => {
    const redis = await connect(wrap);
    const { writes } = written(redis);
    const bytes = Buffer.from([0, 13, 10, 255]);

    const replies = await Promise.all([
      redis.set('a', 'größer'),
      redis.append('a', bytes),
      redis.append('a', '!'),
      redis.getBuffer('a'),
    ]);

    const value = Buffer.concat([Buffer.from('größer'), bytes, Buffer.from('!')]);
    expect(replies).toEqual(['OK', 12, 13, value]);
    expect(writes()).toBe(1);
  });

  test(`${wrap.name}() does not hold a command back for the next turn`, async () => {
    const redis = await connect(wrap);
    const { writes } = written(redis);

    void redis.ping();
    await new Promise((resolve) => setImmediate(resolve));

    expect(writes()).toBe(1);
  });

  test(`${wrap.name}() goes on over a new connection`, async () => {
    const redis = await connect(wrap);
    const closed = new Promise((resolve) => redis.once('close', resolve));

    redis.stream.destroy();
    await closed;
    const replies = await Promise.all([redis.set('b', '1'), redis.get('b')]);

    const { writes } = written(redis);
    await Promise.all([redis.ping(), redis.ping(), redis.ping()]);
    expect(replies).toEqual(['OK', '1']);
    expect(writes()).toBe(1);
  });

  test(`${wrap.name}() sends what was asked in the turn in which somebody hangs up`, async () => {
    const redis = await connect(wrap);

    const asked = redis.ping();
    redis.disconnect();

    expect(await asked).toBe('PONG');
  });
});

test('writeOnceATurn() waits for the end of the turn, writeOnceATick() does not', async () => {
  const [turn, tick] = [await connect(writeOnceATurn), await connect(writeOnceATick)];
  const [late, soon] = [written(turn), written(tick)];

  void turn.ping();
  void tick.ping();
  await new Promise((resolve) => process.nextTick(resolve));
  const before = [late.writes(), soon.writes()];
  await new Promise((resolve) => setImmediate(resolve));

  expect(before).toEqual([0, 1]);
  expect(late.writes()).toBe(1);
});
