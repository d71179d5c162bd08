import { describe, expect, test } from 'vitest';
import { repeatEvery } from '../../src/queue/timer.ts';
import { pause, until } from './support.ts';

describe('repeatEvery()', () => {
  test('leaves out rounds that fall due while one is in hand', async () => {
    let started = 0;
    let most = 0;
    let inHand = 0;
    const stop = repeatEvery(
      5,
      async () => {
        started += 1;
        inHand += 1;
        most = Math.max(most, inHand);
        await pause(50);
        inHand -= 1;
      },
      () => {},
    );

    await until('three rounds', () => started >= 3);
    stop();

    expect(most).toBe(1);
  });

  test('goes on after an error, and ends when it is told to', async () => {
    const errors: unknown[] = [];
    const stop = repeatEvery(
      5,
      async () => await Promise.reject(new Error('no')),
      (error) => {
        errors.push(error);
      },
    );
    await until('two errors', () => errors.length >= 2);

    stop();
    const ended = errors.length;
    await pause(50);

    expect(errors).toHaveLength(ended);
  });
});
