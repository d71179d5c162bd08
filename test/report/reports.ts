import type { Plan } from '../../src/model/plan.ts';
import type { Report } from '../../src/model/report.ts';
import { digestOf, IMAGE, REPOSITORY } from '../support/tags.ts';

type Planned = Exclude<Report, { readonly status: 'unknown' }>;

const reasoned = { policy: 'shop', mode: 'sync' } as const;

const repositoryPlan: Plan = {
  target: REPOSITORY,
  operations: [
    {
      ...reasoned,
      type: 'copy',
      tag: 'stable',
      from: '1.4.2',
      value: digestOf('1.4.2'),
      replaces: digestOf('1.4.1'),
      rule: 'channels[0]',
      because: 'newest version matching >=1.0.0',
    },
    {
      ...reasoned,
      type: 'copy',
      tag: 'v2',
      from: 'v1',
      value: digestOf('v1'),
      replaces: null,
      rule: 'copies[0]',
      because: 'copy of "v1"',
    },
    {
      ...reasoned,
      type: 'delete',
      tag: 'ci-1',
      replaces: digestOf('ci-1'),
      makesRoomFor: null,
      rule: 'retain[0]',
      because: 'rule "old-ci": matches ci-.*',
    },
    {
      ...reasoned,
      type: 'delete',
      tag: 'ci-2',
      replaces: null,
      makesRoomFor: null,
      rule: 'retain[0]',
      because: 'rule "old-ci": matches ci-.*',
    },
  ],
  findings: [
    {
      severity: 'info',
      policy: 'shop',
      rule: 'channels[1]',
      message: 'Channel "latest" has no candidate',
    },
    { severity: 'warning', policy: 'shop', rule: null, message: `left: ${digestOf('left')}` },
    { severity: 'error', policy: 'shop', rule: 'copies[1]', message: 'Cannot settle "x"' },
  ],
  verdict: { safe: true },
  digest: digestOf('repository plan'),
  protect: [],
  listed: 9,
};

const imagePlan: Plan = {
  target: IMAGE,
  operations: [
    {
      ...reasoned,
      type: 'delete',
      tag: 'old',
      replaces: '1',
      makesRoomFor: 'owner',
      rule: 'tags.remove[0]',
      because: 'key matches "old"',
    },
    {
      ...reasoned,
      type: 'add',
      tag: 'owner',
      value: 'platform',
      replaces: null,
      rule: 'tags.ensure.owner',
      because: 'ensure wants "platform"',
    },
    {
      ...reasoned,
      type: 'add',
      tag: 'stage',
      value: 'prod',
      replaces: 'pr|od`\u001b[31m',
      rule: 'tags.normalize[0]',
      because: '"PROD" normalizes to "prod"',
    },
  ],
  findings: [],
  verdict: { safe: true },
  digest: digestOf('image plan'),
  protect: [],
  listed: 10,
};

const outcomes = [
  { status: 'applied', attempts: 1 },
  { status: 'applied', attempts: 3 },
  { status: 'failed', code: 'PROVIDER_UNAVAILABLE', error: 'Cannot delete "ci-1": 503' },
  { status: 'skipped', reason: 'the run was cancelled' },
] as const;

/** A repository whose plan was applied, with each kind of outcome. */
export const applied: Planned = {
  target: REPOSITORY,
  name: null,
  provider: 'huawei-swr',
  status: 'drifted',
  plan: repositoryPlan,
  performed: repositoryPlan.operations.map((operation, index) => ({
    operation,
    outcome: outcomes[index] ?? null,
  })),
};

/** An image that was planned only. */
export const planned: Planned = {
  target: IMAGE,
  name: 'golden-1',
  provider: 'huawei-ims',
  status: 'drifted',
  plan: imagePlan,
  performed: imagePlan.operations.map((operation) => ({ operation, outcome: null })),
};

/** A repository whose plan a guard refused. */
export const refused: Planned = {
  target: { account: 'swr-north', path: 'shop/api' },
  name: null,
  provider: 'huawei-swr',
  status: 'refused',
  plan: {
    ...repositoryPlan,
    findings: [],
    verdict: {
      safe: false,
      reasons: [`guard allTags: 4 of 4 tags go; --confirm ${digestOf('refused plan')}`],
    },
    digest: digestOf('refused plan'),
  },
  performed: repositoryPlan.operations
    .slice(2, 3)
    .map((operation) => ({ operation, outcome: null })),
};

/** The same, refused by two guards in the planner's words. */
export const guarded: Planned = {
  ...refused,
  plan: {
    ...refused.plan,
    verdict: {
      safe: false,
      reasons: ['guard allTags: 4 of 4 tags go', 'guard maxDeletePercent: 4 of 4 tags go'].map(
        (reason) =>
          `${reason}; to let this one plan through: --confirm ${digestOf('refused plan')}`,
      ),
    },
  },
};

/** A repository that is as it should be. */
export const inSync: Planned = {
  target: { account: 'swr-north', path: 'shop/db' },
  name: null,
  provider: 'huawei-swr',
  status: 'in-sync',
  plan: { ...repositoryPlan, operations: [], findings: [] },
  performed: [],
};

/** A repository that could not be listed. */
export const unknown: Report = {
  target: { account: 'hub', path: 'org/app' },
  name: null,
  provider: 'ucloud-uhub',
  status: 'unknown',
  code: 'LISTING_INCOMPLETE',
  error: 'Cannot list "hub/org/app": page 2 of 3 is missing',
  retriable: true,
  retryAfterMs: null,
};

/** One of each kind, not in order. */
export const everyKind: readonly Report[] = [refused, applied, unknown, planned, inSync];
