import { describe, expect, test } from 'vitest';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { labels } from '../support/tags.ts';

const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, `${index}`]));

function steps(
  before: Record<string, string>,
  policy: ReturnType<typeof aResourcePolicy>,
): string[] {
  return planImage(labels(before), [policy]).operations.map((operation) =>
    operation.type === 'delete' && operation.makesRoomFor !== null
      ? `delete ${operation.tag} for ${operation.makesRoomFor}`
      : `${operation.type} ${operation.tag}`,
  );
}

describe('orderOperations()', () => {
  test('adds first and deletes last when there is room', () => {
    const policy = aResourcePolicy({
      ensure: { z: '1', a: '1' },
      remove: [{ by: 'glob', glob: 'k*' }],
    });

    expect(steps({ k1: '1', k2: '2' }, policy)).toEqual([
      'add a',
      'add z',
      'delete k1',
      'delete k2',
    ]);
  });

  test('deletes only as many as needed first at a full target, each before its add', () => {
    const remove = [{ by: 'glob', glob: 'k[0-3]' }] as const;
    const policy = aResourcePolicy({ ensure: { a: '1', b: '1', k9: 'new' }, remove });

    expect(steps(TEN, policy)).toEqual([
      'add k9',
      'delete k0 for a',
      'add a',
      'delete k1 for b',
      'add b',
      'delete k2',
      'delete k3',
    ]);
  });

  test('deletes several for one add when the target is above its cap', () => {
    const policy = aResourcePolicy({
      ensure: { a: '1' },
      remove: [{ by: 'glob', glob: 'k[0-2]' }],
    });

    expect(steps({ ...TEN, x: '1' }, policy)).toEqual([
      'delete k0 for a',
      'delete k1 for a',
      'add a',
      'delete k2',
    ]);
  });

  test('takes the old key of a rename early only when nothing else can go', () => {
    const rename = [
      { from: 'k0', to: 'a' },
      { from: 'k1', to: 'b' },
    ];

    expect(steps(TEN, aResourcePolicy({ rename }))).toEqual([
      'delete k0 for a',
      'add a',
      'delete k1 for b',
      'add b',
    ]);
    expect(steps(TEN, aResourcePolicy({ rename, remove: [{ by: 'glob', glob: 'k9' }] }))).toEqual([
      'delete k9 for a',
      'add a',
      'delete k1 for b',
      'add b',
      'delete k0',
    ]);
  });

  test('takes the old key of another rename when the add is none', () => {
    const policy = aResourcePolicy({ rename: [{ from: 'k0', to: 'k1' }], ensure: { a: '1' } });

    expect(steps({ ...TEN, k1: '0' }, policy)).toEqual(['delete k0 for a', 'add a']);
  });
});
