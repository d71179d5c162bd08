import { describe, expect, test } from 'vitest';
import { aborted, parseRoles } from '../../src/cli/run.ts';

describe('parseRoles()', () => {
  test.each([
    { text: 'all', roles: ['scheduler', 'worker', 'api'] },
    { text: 'worker', roles: ['worker'] },
    { text: 'api, scheduler', roles: ['scheduler', 'api'] },
    { text: 'worker,worker', roles: ['worker'] },
  ])('parseRoles() reads "$text" as $roles', ({ text, roles }) => {
    expect([...(parseRoles(text) ?? [])]).toEqual(roles);
  });

  test.each(['', 'workers', 'worker,', 'Worker', 'scheduler;worker', 'toString'])(
    'parseRoles() does not know "%s"',
    (text) => {
      expect(parseRoles(text)).toBeNull();
    },
  );
});

describe('aborted()', () => {
  test('aborted() resolves at once for a signal that is, and later for one that will be', async () => {
    const stop = new AbortController();
    const order: string[] = [];
    const waiting = aborted(stop.signal).then(() => order.push('resolved'));

    await Promise.resolve();
    order.push('aborting');
    stop.abort();
    await waiting;
    await aborted(stop.signal);

    expect(order).toEqual(['aborting', 'resolved']);
  });
});
