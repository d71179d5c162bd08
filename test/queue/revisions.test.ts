import { describe, expect, test } from 'vitest';
import { createRevisions } from '../../src/queue/revisions.ts';
import { aSet } from './support.ts';

/** Policies that change as the test says, on a clock that the test moves. */
function aHistory() {
  let revision = '1';
  let nowMs = 1_000;
  const revisions = createRevisions(
    () => aSet(revision),
    () => new Date(nowMs),
  );
  revisions.current();
  return {
    ...revisions,
    changeTo(next: string, atMs: number) {
      revision = next;
      nowMs = atMs;
      revisions.current();
    },
  };
}

describe('createRevisions()', () => {
  test('knows what was left behind after a job was asked for', () => {
    const history = aHistory();

    history.changeTo('2', 2_000);

    expect(history.current().revision).toBe('sha256:2');
    expect(history.isPast('sha256:1', new Date(1_500))).toBe(true);
    expect(history.isPast('sha256:1', new Date(2_000))).toBe(true);
  });

  test.each([
    { what: 'the current one', revision: '2', askedMs: 1_500 },
    { what: 'one that was never read here', revision: '3', askedMs: 1_500 },
    {
      what: 'one that was left before, so somebody went back to it',
      revision: '1',
      askedMs: 2_001,
    },
  ])('takes $what for none of the past', ({ revision, askedMs }) => {
    const history = aHistory();

    history.changeTo('2', 2_000);

    expect(history.isPast(`sha256:${revision}`, new Date(askedMs))).toBe(false);
  });

  test('follows policies that go back and forth', () => {
    const history = aHistory();

    history.changeTo('2', 2_000);
    history.changeTo('1', 3_000);

    expect(history.isPast('sha256:1', new Date(1_500))).toBe(false);
    expect(history.isPast('sha256:2', new Date(2_500))).toBe(true);
  });

  test('forgets the oldest of many', () => {
    const history = aHistory();

    for (let at = 2; at <= 102; at += 1) history.changeTo(String(at), at * 1_000);

    expect(history.isPast('sha256:1', new Date(0))).toBe(false);
    expect(history.isPast('sha256:2', new Date(0))).toBe(true);
  });
});
