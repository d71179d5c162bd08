import { expect, test } from 'vitest';
import { shared } from '../../src/server/shared.ts';

test('shared() does the work once for all who ask meanwhile, and anew for the next', async () => {
  let rounds = 0;
  const ask = shared(async () => {
    rounds += 1;
    await Promise.resolve();
    return rounds;
  });

  const together = await Promise.all([ask(), ask(), ask()]);
  const later = await ask();

  expect(together).toEqual([1, 1, 1]);
  expect(later).toBe(2);
});

test('shared() tries again after a failure', async () => {
  let rounds = 0;
  const ask = shared(async () => {
    rounds += 1;
    if (rounds === 1) throw new Error('away');
    return await Promise.resolve(rounds);
  });

  await expect(ask()).rejects.toThrow('away');
  expect(await ask()).toBe(2);
});
