import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../../src/model/capabilities.ts';
import type { ImageTagPolicy, PromoteRule } from '../../src/model/policy.ts';
import { checkPolicies } from '../../src/policy/check.ts';
import { checkPromotionCircles, checkPromotions } from '../../src/policy/check-promote.ts';
import {
  anImagePolicy,
  aPromotion,
  IMAGE_CAPABILITIES,
  RESOURCE_CAPABILITIES,
} from '../support/policies.ts';

function promoting(rule: Partial<PromoteRule>, targets: Partial<ImageTagPolicy> = {}) {
  return anImagePolicy({
    targets: [{ account: 'staging', repositories: ['shop/*'], exclude: [] }],
    promote: [aPromotion(rule)],
    ...targets,
  });
}

function to(repository: string, account: string | null = 'prod'): Partial<PromoteRule> {
  return { to: [{ account, repository }] };
}

const WITHOUT: Capabilities = {
  ...IMAGE_CAPABILITIES,
  operations: new Set(['copy', 'delete']),
  missing: { promote: 'no such call; configure registry' },
};

function accounts(prod: Capabilities, staging = IMAGE_CAPABILITIES) {
  return new Map([
    ['prod', prod],
    ['staging', staging],
  ]);
}

describe('checkPromotions()', () => {
  test('finds nothing wrong with a promotion to another account', () => {
    const policy = promoting(to('release/{{ repository }}'));

    expect(checkPromotions(policy, accounts(IMAGE_CAPABILITIES))).toEqual([]);
    expect(checkPromotions(policy, null)).toEqual([]);
  });

  test.each([
    {
      what: 'an account that is not configured',
      rule: to('{{ repository }}', 'prdo'),
      known: accounts(IMAGE_CAPABILITIES),
      problem: {
        code: 'unknown-account',
        message: 'Account "prdo" is not configured',
        suggestion: 'prod',
      },
    },
    {
      what: 'an account of VM images',
      rule: to('{{ repository }}'),
      known: accounts(RESOURCE_CAPABILITIES),
      problem: { code: 'wrong-kind' },
    },
    {
      what: 'a provider without the call',
      rule: to('{{ repository }}'),
      known: accounts(WITHOUT),
      problem: {
        code: 'missing-capability',
        message: 'Account "prod" cannot promote tags: no such call; configure registry',
      },
    },
    {
      what: 'the account of the targets without the call',
      rule: to('a/{{ repository }}', null),
      known: accounts(IMAGE_CAPABILITIES, WITHOUT),
      problem: { code: 'missing-capability' },
    },
    {
      what: 'targets whose content nobody can read',
      rule: to('{{ repository }}'),
      known: accounts(IMAGE_CAPABILITIES, { ...IMAGE_CAPABILITIES, missingContent: 'no registry' }),
      problem: {
        code: 'missing-capability',
        message: 'Content of account "staging" cannot be promoted: no registry',
      },
    },
    {
      what: 'a name the destination refuses',
      rule: { ...to('{{ repository }}'), tag: '-stable' },
      known: accounts(IMAGE_CAPABILITIES),
      problem: { code: 'bad-name' },
    },
  ])('complains of $what', ({ rule, known, problem }) => {
    const complaints = checkPromotions(promoting(rule), known);

    expect(complaints).toMatchObject([{ problem }]);
  });

  test.each([
    {
      what: 'one repository for all that a glob matches',
      rule: to('release'),
      problem: { code: 'contradiction' },
    },
    {
      what: 'a destination among the targets',
      rule: to('{{ repository }}-prod', null),
      problem: { code: 'never-settles', severity: 'error' },
    },
    {
      what: 'a destination that may be among the targets',
      rule: to('{{ repository }}/*x', 'staging'),
      problem: { code: 'never-settles', severity: 'warning' },
      repositories: ['*', '*/y*'],
    },
  ])('complains of $what without accounts', ({ rule, problem, repositories = ['shop/*'] }) => {
    const targets = [{ account: 'staging', repositories, exclude: [] }];

    expect(checkPromotions(promoting(rule, { targets }), null)).toMatchObject([
      { rule: 'promote[0].to[0]', problem },
    ]);
  });

  test('lets one repository be the destination of exact targets', () => {
    const targets = [{ account: 'staging', repositories: ['shop/web'], exclude: [] }];
    const rule = { ...to('release'), tag: '{{ major }}' };

    expect(checkPromotions(promoting(rule, { targets }), accounts(IMAGE_CAPABILITIES))).toEqual([]);
  });

  test('says nothing of accounts of targets that are not configured', () => {
    const policy = promoting(to('a/{{ repository }}', null));

    expect(checkPromotions(policy, new Map([['prod', IMAGE_CAPABILITIES]]))).toEqual([]);
  });
});

describe('checkPromotionCircles()', () => {
  const between = (name: string, from: string, into: string, suspend = false) =>
    promoting(to(`${into}/{{ repository }}`, 'hub'), {
      name,
      suspend,
      targets: [{ account: 'hub', repositories: [`${from}/**`], exclude: [] }],
    });

  test('lets content go on from stage to stage', () => {
    const policies = [between('a', 'dev', 'stage'), between('b', 'stage', 'prod')];

    expect(checkPromotionCircles(policies)).toEqual([]);
  });

  test.each([
    { policies: [between('a', 'dev', 'stage'), between('b', 'stage', 'dev')], found: ['a', 'b'] },
    {
      policies: [
        between('a', 'dev', 'stage'),
        between('b', 'stage', 'prod'),
        between('c', 'prod', 'dev'),
        between('d', 'other', 'dev'),
      ],
      found: ['a', 'b', 'c'],
    },
    {
      policies: [between('a', 'dev', 'stage'), between('b', 'stage', 'dev', true)],
      found: [],
    },
  ])('finds $found on a circle', ({ policies, found }) => {
    const complaints = checkPromotionCircles([anImagePolicy({}), ...policies]);

    expect(complaints.map(({ policy }) => policy.name)).toEqual(found);
    for (const { complaint } of complaints) {
      expect(complaint.problem).toMatchObject({ code: 'never-settles' });
    }
  });
});

test('checkPolicies() complains of a promotion that no version can meet', () => {
  const policy = promoting({
    ...to('{{ repository }}'),
    select: { by: 'semver', range: '>2 <1', prerelease: false },
  });

  const issues = checkPolicies({ revision: 'sha256:1', policies: [policy], tests: [] }, null);

  expect(issues).toMatchObject([
    { code: 'never-matches', message: 'Nothing is ever promoted: no version lies in ">2 <1"' },
  ]);
});

test('checkPolicies() takes an exemption at a destination as one that may hold', () => {
  const exempt = (target: string) =>
    promoting(to('release/{{ repository }}'), {
      exemptions: [{ target, tags: [], until: new Date('2099-01-01'), reason: 'x' }],
    });
  const codes = (target: string) =>
    checkPolicies({ revision: 'sha256:1', policies: [exempt(target)], tests: [] }, null).map(
      ({ code }) => code,
    );

  expect(codes('prod/release/shop/web')).toEqual([]);
  expect(codes('prod/other')).toEqual(['dead-exemption']);
});
