import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import { hashPlan } from '../../src/plan/hash.ts';
import { aListing, anImageTag, aTag, hoursAgo, REPOSITORY } from '../support/tags.ts';

const operation: Operation = {
  type: 'delete',
  tag: 'a',
  replaces: 'sha256:1',
  makesRoomFor: null,
  policy: 'p',
  rule: 'retain[0]',
  mode: 'sync',
  because: 'old',
};
const tags = [anImageTag('a'), anImageTag('b'), anImageTag('b')];
const listing = aListing(REPOSITORY, tags);

describe('hashPlan()', () => {
  test('is the same for the same plan, whatever the order of tags and fields and the times', () => {
    const reordered = Object.fromEntries(
      Object.entries(operation).reverse(),
    ) as unknown as Operation;
    const later = tags.map((tag) => ({ ...tag, updatedAt: hoursAgo(1) })).reverse();

    expect(hashPlan(aListing(REPOSITORY, later), [reordered])).toBe(hashPlan(listing, [operation]));
    expect(hashPlan(listing, [operation])).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test.each<[string, ReturnType<typeof hashPlan>]>([
    ['target', hashPlan(aListing({ account: 'swr-north/shop', path: 'web' }, tags), [operation])],
    ['operation', hashPlan(listing, [{ ...operation, tag: 'b' }])],
    ['order of operations', hashPlan(listing, [{ ...operation, tag: 'b' }, operation])],
    [
      'listed value',
      hashPlan(aListing(REPOSITORY, [aTag('a', 'x'), ...tags.slice(1)]), [operation]),
    ],
    [
      'unknown value',
      hashPlan(aListing(REPOSITORY, [aTag('a', null), ...tags.slice(1)]), [operation]),
    ],
    ['listed name', hashPlan(aListing(REPOSITORY, tags.slice(0, 1)), [operation])],
  ])('changes with the %s', (_name, digest) => {
    expect(digest).not.toBe(hashPlan(listing, [operation]));
  });

  test('reads every one of many operations, and the reason of each', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({ ...operation, tag: `t${index}` }));
    const whole = hashPlan(listing, many);

    for (const at of [0, 1_499, 2_999]) {
      const rest = many.filter((_, index) => index !== at);
      const other = many.map((one, index) => (index === at ? { ...one, because: 'new' } : one));
      expect(hashPlan(listing, rest)).not.toBe(whole);
      expect(hashPlan(listing, other)).not.toBe(whole);
    }
  });

  test.each(['policy', 'rule', 'mode', 'because'] as const)('tells every %s apart', (field) => {
    const given = (...values: readonly string[]) =>
      hashPlan(
        listing,
        values.map((value) => ({ ...operation, [field]: value })),
      );

    expect(new Set([given('a', 'a'), given('a', 'b'), given('b', 'a'), given('b', 'b')]).size).toBe(
      4,
    );
  });

  test('reads every one of many tags', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => anImageTag(`t${index}`));
    const whole = hashPlan(aListing(REPOSITORY, many), []);

    for (const gone of [0, 999, 1_999]) {
      const rest = many.filter((_, index) => index !== gone);
      expect(hashPlan(aListing(REPOSITORY, rest), [])).not.toBe(whole);
    }
    expect(hashPlan(aListing(REPOSITORY, many.toReversed()), [])).toBe(whole);
  });
});
