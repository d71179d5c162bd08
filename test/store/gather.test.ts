import { describe, expect, test } from 'vitest';
import { gather } from '../../src/store/gather.ts';

/** A store that answers each call when it is told to, and counts them. */
function aStore(most = 100) {
  const calls: (readonly string[])[] = [];
  const open: PromiseWithResolvers<void>[] = [];
  const ask = gather<string, string>({
    what: (asked) => `ask for "${asked}"`,
    keyOf: (asked) => asked.slice(0, 1),
    most,
    call: async (asked) => {
      calls.push(asked);
      const gate = Promise.withResolvers<void>();
      open.push(gate);
      await gate.promise;
      if (asked.includes('bad')) throw new Error('REFUSED that one');
      return asked.map((one) => one.toUpperCase());
    },
  });
  return { ask, calls, answer: async () => await answerNext(open) };
}

/** Answers the oldest call as soon as there is one. */
async function answerNext(open: PromiseWithResolvers<void>[]): Promise<void> {
  while (open.length === 0) await turn();
  open.shift()?.resolve();
  await turn();
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('gather()', () => {
  test('gather() asks at the end of the turn for all that was asked for in it', async () => {
    const { ask, calls, answer } = aStore();

    const asked = Promise.all([ask('a'), ask('b'), ask('c')]);
    const before = calls.length;
    await answer();

    expect(before).toBe(0);
    expect(await asked).toEqual(['A', 'B', 'C']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  test('gather() puts what is asked for while a call is under way into one next call', async () => {
    const { ask, calls, answer } = aStore();

    const first = ask('a');
    await turn();
    const second = ask('b');
    await turn();
    const third = ask('c');
    await turn();
    const underWay = calls.length;
    for (let call = 0; call < 2; call += 1) await answer();

    expect(underWay).toBe(1);
    expect(await Promise.all([first, second, third])).toEqual(['A', 'B', 'C']);
    expect(calls).toEqual([['a'], ['b', 'c']]);
  });

  test('gather() asks anew after a pause', async () => {
    const { ask, calls, answer } = aStore();

    const answers: string[] = [];
    for (const one of ['a', 'b']) {
      const asked = ask(one);
      await answer();
      answers.push(await asked);
    }

    expect(answers).toEqual(['A', 'B']);
    expect(calls).toEqual([['a'], ['b']]);
  });

  test('gather() asks for no more at once than it may, in the order in which they came', async () => {
    const { ask, calls, answer } = aStore(2);

    const asked = Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
    for (let call = 0; call < 3; call += 1) await answer();

    expect(await asked).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('gather() lets the second of a key wait for the call after the first', async () => {
    const { ask, calls, answer } = aStore();

    const asked = Promise.all(['a1', 'b', 'a2', 'a3'].map(ask));
    for (let call = 0; call < 3; call += 1) await answer();

    expect(await asked).toEqual(['A1', 'B', 'A2', 'A3']);
    expect(calls).toEqual([['a1', 'b'], ['a2'], ['a3']]);
  });

  test('gather() asks for each alone when a call fails, so that the others get their answers', async () => {
    const { ask, calls, answer } = aStore();

    const asked = Promise.allSettled(['a', 'bad', 'c'].map(ask));
    for (let call = 0; call < 4; call += 1) await answer();

    const message = 'Cannot ask for "bad": the store says REFUSED, expected a store that answers';
    expect(await asked).toMatchObject([
      { value: 'A' },
      { reason: { code: 'QUEUE_UNAVAILABLE', message } },
      { value: 'C' },
    ]);
    expect(calls).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  test('gather() fails who gets no answer in a call that has too few', async () => {
    const ask = gather<string, string>({
      what: (asked) => `ask for "${asked}"`,
      keyOf: (asked) => asked,
      most: 9,
      call: async () => ['one'],
    });

    const [first, second] = await Promise.allSettled([ask('a'), ask('b')]);

    expect(first).toMatchObject({ value: 'one' });
    expect(second).toMatchObject({ reason: { code: 'QUEUE_UNAVAILABLE' } });
  });

  test('gather() keeps no timer for those who have heard', async () => {
    const { ask, answer } = aStore();
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');

    const asked = Promise.all(letters.map(ask));
    const meanwhile = timers();
    await answer();
    await asked;

    expect(meanwhile - before).toBeGreaterThan(20);
    expect(timers() - before).toBeLessThan(5);
  });

  test('gather() tells each within two seconds of its own asking, and goes on after a call that never ends', async () => {
    const { ask, calls, answer } = aStore();
    const heardAfterMs = async (one: string): Promise<number> => {
      const askedMs = performance.now();
      const error: unknown = await ask(one).catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        message: `Cannot ask for "${one}": no answer within 2 s, expected a store that answers`,
      });
      return performance.now() - askedMs;
    };

    const first = Promise.all([heardAfterMs('a'), heardAfterMs('bad')]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const tookMs = (await Promise.all([first, heardAfterMs('c')])).flat();
    // Nobody waits for what the first call was about.
    await answer();

    expect(calls).toEqual([['a', 'bad'], ['c']]);
    // Together with the first call's time it would be 3.9 s.
    for (const took of tookMs) expect(took).toBeLessThan(3_700);
  });
});
