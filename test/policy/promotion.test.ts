import { describe, expect, test } from 'vitest';
import type { PromotionGoal } from '../../src/model/policy.ts';
import {
  destinationsIn,
  destinationsOf,
  goalSelectors,
  isOneRepository,
  isSamePath,
  suppliesOf,
} from '../../src/policy/promotion.ts';
import { concernsTarget, policiesFor } from '../../src/policy/selector.ts';
import { anImagePolicy, aPromotion, aResourcePolicy } from '../support/policies.ts';
import { IMAGE } from '../support/tags.ts';

const STAGING = { account: 'staging', path: 'shop/web' };

function promoting(repositories: readonly string[], ...goals: readonly PromotionGoal[]) {
  return anImagePolicy({
    targets: [{ account: 'staging', repositories, exclude: ['shop/secret'] }],
    promote: goals.map((goal) => aPromotion({ to: [goal] })),
  });
}

function goal(repository: string, account: string | null = 'prod'): PromotionGoal {
  return { account, repository };
}

describe('suppliesOf()', () => {
  test.each([
    { repository: '{{ repository }}', path: 'shop/web', source: 'shop/web' },
    { repository: '{{repository}}', path: 'shop/web', source: 'shop/web' },
    { repository: 'release/{{ repository }}', path: 'release/shop/web', source: 'shop/web' },
    { repository: '{{ repository }}-prod', path: 'shop/web-prod', source: 'shop/web' },
    { repository: 'a/{{ repository }}/b', path: 'a/shop/web/b', source: 'shop/web' },
    { repository: 'release/{{ repository }}', path: 'release/', source: null },
    { repository: 'release/{{ repository }}', path: 'other/shop/web', source: null },
    { repository: 'release/{{ repository }}', path: 'release/else/web', source: null },
    { repository: 'release/{{ repository }}', path: 'release/shop/secret', source: null },
    { repository: 'aa{{ repository }}aa', path: 'aaa', source: null },
    { repository: 'release/web', path: 'release/web', source: null },
  ])('of $path by $repository is $source', ({ repository, path, source }) => {
    const supplies = suppliesOf(promoting(['shop/*'], goal(repository)), { account: 'prod', path });

    expect(supplies.map((supply) => supply.source.path)).toEqual(source === null ? [] : [source]);
  });

  test('names every exact target of a path that all share, and each once', () => {
    const policy = promoting(['shop/web', 'shop/api'], goal('release'), goal('elsewhere'));

    const [rule] = policy.promote;
    expect(suppliesOf(policy, { account: 'prod', path: 'release' })).toEqual([
      { rule, path: 'promote[0]', source: STAGING },
      { rule, path: 'promote[0]', source: { account: 'staging', path: 'shop/api' } },
    ]);
  });

  test('stays in the account of the target when the goal names none', () => {
    const policy = promoting(['shop/*'], goal('release/{{ repository }}', null));

    expect(suppliesOf(policy, { account: 'staging', path: 'release/shop/web' })).toHaveLength(1);
    expect(suppliesOf(policy, { account: 'prod', path: 'release/shop/web' })).toEqual([]);
  });

  test('is nothing for what the policy itself selects, and for policies that promote nothing', () => {
    const loop = promoting(['shop/*'], goal('{{ repository }}-prod', 'staging'));

    expect(suppliesOf(loop, { account: 'staging', path: 'shop/web-prod' })).toEqual([]);
    expect(suppliesOf(anImagePolicy({}), STAGING)).toEqual([]);
    expect(suppliesOf(aResourcePolicy({}), IMAGE)).toEqual([]);
  });
});

describe('destinationsOf()', () => {
  test('renders every goal once, and leaves out what the policy selects', () => {
    const policy = promoting(
      ['shop/*'],
      goal('release/{{ repository }}'),
      goal('release/{{ repository }}'),
      goal('{{ repository }}-prod', null),
      goal('archive/{{ repository }}', null),
    );

    expect(destinationsOf(policy, STAGING)).toEqual([
      { account: 'prod', path: 'release/shop/web' },
      { account: 'staging', path: 'archive/shop/web' },
    ]);
  });

  test('is nothing for targets of others', () => {
    const policy = promoting(['shop/*'], goal('{{ repository }}'));

    expect(destinationsOf(policy, { account: 'prod', path: 'shop/web' })).toEqual([]);
    expect(destinationsOf(anImagePolicy({}), STAGING)).toEqual([]);
  });

  test('goes back by suppliesOf()', () => {
    const policy = promoting(['shop/*'], goal('a.b{{ repository }}$&'));

    const [destination] = destinationsOf(policy, STAGING);

    expect(destination?.path).toBe('a.bshop/web$&');
    expect(suppliesOf(policy, destination ?? STAGING)).toMatchObject([{ source: STAGING }]);
  });
});

test('destinationsIn() asks every policy that is not suspended', () => {
  const policy = promoting(['shop/*'], goal('{{ repository }}'));

  expect(destinationsIn({ policies: [policy, policy] }, STAGING)).toEqual([
    { account: 'prod', path: 'shop/web' },
  ]);
  expect(destinationsIn({ policies: [{ ...policy, suspend: true }] }, STAGING)).toEqual([]);
});

test('isSamePath() and isOneRepository() tell the kinds of goals apart', () => {
  expect([isSamePath('{{ repository }}'), isSamePath('a/{{ repository }}')]).toEqual([true, false]);
  expect([goal('a'), goal('a/{{ repository }}')].map(isOneRepository)).toEqual([true, false]);
});

test('goalSelectors() says where a goal may lead', () => {
  const policy = promoting(['shop/*'], goal('a/{{ repository }}'));

  expect(goalSelectors(policy, goal('a/{{ repository }}', null))).toEqual([
    { account: 'staging', repositories: ['a/shop/*'], exclude: [] },
  ]);
});

test('policiesFor() has policies that promote to the target among them', () => {
  const policy = promoting(['shop/*'], goal('{{ repository }}'));
  const target = { account: 'prod', path: 'shop/web' };

  expect(concernsTarget(policy, target, null, null)).toBe(true);
  expect(concernsTarget(policy, { account: 'prod', path: 'x/y' }, null, null)).toBe(false);
  expect(
    policiesFor({ revision: 'sha256:1', policies: [policy], tests: [] }, target, null),
  ).toEqual([policy]);
});
