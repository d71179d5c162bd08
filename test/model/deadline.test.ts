import { describe, expect, test, vi } from 'vitest';
import { withDeadline } from '../../src/model/deadline.ts';

describe('withDeadline()', () => {
  test('passes an answer on and leaves no timer behind', async () => {
    vi.useFakeTimers();

    const answer = await withDeadline(Promise.resolve(7), 1_000);

    expect(answer).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test('passes a failure on', async () => {
    const answer = withDeadline(Promise.reject(new Error('refused')), 1_000);

    await expect(answer).rejects.toThrow('refused');
  });

  test('fails when there is no answer in time', async () => {
    const answer = withDeadline(new Promise(() => {}), 50);

    await expect(answer).rejects.toThrow('no answer within 0.05 s');
  });
});
