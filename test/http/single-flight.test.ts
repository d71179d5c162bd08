import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createSingleFlight } from '../../src/http/single-flight.ts';
import { calm } from './support/failure.ts';

describe('createSingleFlight()', () => {
  test('runs once for all who ask meanwhile, and again afterwards', async () => {
    let runs = 0;
    const ask = createSingleFlight(async () => {
      runs += 1;
      await sleep(5);
      return runs;
    });

    const together = await Promise.all([ask(calm()), ask(calm()), ask(calm())]);
    const later = await ask(calm());

    expect(together).toEqual([1, 1, 1]);
    expect(later).toBe(2);
  });

  test('goes on for the others when one who asked gives up', async () => {
    const stop = new AbortController();
    const ask = createSingleFlight(async (signal) => await sleep(20, 'done', { signal }));

    const impatient = ask(stop.signal);
    const patient = ask(calm());
    stop.abort(new Error('gave up'));

    await expect(impatient).rejects.toThrow('gave up');
    await expect(patient).resolves.toBe('done');
  });

  test('is aborted when nobody waits any more, and starts anew for the next', async () => {
    const stop = new AbortController();
    let aborted = 0;
    const ask = createSingleFlight(async (signal) => {
      signal.addEventListener('abort', () => (aborted += 1));
      return await sleep(50, 'done', { signal });
    });

    const only = ask(stop.signal);
    stop.abort(new Error('gave up'));

    await expect(only).rejects.toThrow('gave up');
    expect(aborted).toBe(1);
    await expect(ask(calm())).resolves.toBe('done');
  });

  test('hands a failure to all and forgets it', async () => {
    let runs = 0;
    const ask = createSingleFlight(async () => {
      runs += 1;
      if (runs === 1) throw new Error('first');
      return 'second';
    });

    const outcomes = await Promise.allSettled([ask(calm()), ask(calm())]);

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(ask(calm())).resolves.toBe('second');
  });
});
