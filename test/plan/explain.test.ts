import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { type Explanation, explainTarget } from '../../src/plan/explain.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  IMAGE_CAPABILITIES,
  planInput,
  RESOURCE_CAPABILITIES,
} from '../support/policies.ts';
import {
  aListing,
  anImageTag,
  aTag,
  digestOf,
  hoursAgo,
  IMAGE,
  labels,
  NOW,
  REPOSITORY,
} from '../support/tags.ts';

function explainAll(
  tags: readonly ListedTag[],
  policies: readonly Policy[],
  protect: string[] = [],
) {
  const listing = aListing(REPOSITORY, tags);
  const capabilities = IMAGE_CAPABILITIES;
  return explainTarget(
    planInput({ target: REPOSITORY, policies, listing, capabilities, protect }),
    null,
  );
}

function explain(name: string, ...given: Parameters<typeof explainAll>): Explanation | undefined {
  return explainAll(...given).find(({ tag }) => tag === name);
}

const releases = ['1.0.0', '1.1.0'].map((name) => anImageTag(name));
const tags = [...releases, anImageTag('stable', '1.0.0')];
const stable = anImagePolicy({ name: 'shop', channels: [aChannel()] });
const cleaning = anImagePolicy({ name: 'clean', retain: [aRetain({ pattern: '.*' })] });

describe('explainTarget()', () => {
  test('tells what a channel does, with the source as evidence', () => {
    expect(explain('stable', tags, [stable])).toEqual({
      tag: 'stable',
      current: digestOf('1.0.0'),
      planned: digestOf('1.1.0'),
      decision: {
        policy: 'shop',
        rule: 'channels[0]',
        because: 'newest version matching *',
        position: 'policies/a.yaml:1',
      },
      lost: [],
      evidence: [
        `"stable" is "${digestOf('1.0.0')}", updated 2025-06-01T00:00:00.000Z, 365 days ago`,
        'the same content has "1.0.0"',
        `"1.1.0" is "${digestOf('1.1.0')}", updated 2025-06-01T00:00:00.000Z, 365 days ago`,
      ],
    });
  });

  test('answers about one name only when asked, listed or not', () => {
    const listing = aListing(REPOSITORY, tags);
    const capabilities = IMAGE_CAPABILITIES;
    const input = planInput({ target: REPOSITORY, policies: [stable], listing, capabilities });

    expect(explainTarget(input, 'none')).toEqual([
      {
        tag: 'none',
        current: null,
        planned: null,
        decision: null,
        lost: [],
        evidence: ['"none" is not listed'],
      },
    ]);
    expect(explainTarget(input, null).map(({ tag }) => tag)).toEqual(['1.0.0', '1.1.0', 'stable']);
  });

  test('tells that keep beats delete, once for each rule that lost', () => {
    expect(explain('1.1.0', tags, [stable, cleaning])).toMatchObject({
      planned: digestOf('1.1.0'),
      decision: { policy: 'shop', rule: 'channels[0]' },
      lost: [
        {
          policy: 'clean',
          rule: 'retain[0]',
          why: 'policy "shop" channels[0] keeps the name as it is',
        },
      ],
    });
  });

  test('tells that a hold ends with the move it waited for', () => {
    const { policy, rule } = { policy: 'shop', rule: 'channels[0]' };

    expect(explain('1.0.0', tags, [stable, cleaning])).toMatchObject({
      planned: null,
      decision: { policy: 'clean', rule: 'retain[0]' },
      lost: [{ policy, rule, why: 'what it was held for moves away' }],
    });
  });

  test('names both rules of a conflict and decides nothing', () => {
    const other = anImagePolicy({
      name: 'other',
      channels: [aChannel({ select: { by: 'semver', range: '<1.1.0', prerelease: false } })],
    });
    const rival = anImagePolicy({
      name: 'rival',
      copies: [{ from: '1.1.0', to: 'new', override: true }],
    });
    const second = anImagePolicy({
      name: 'second',
      copies: [{ from: '1.0.0', to: 'new', override: true }],
    });

    const told = explain('new', tags, [rival, second, other]);

    expect(told).toMatchObject({ planned: null, decision: null });
    expect(told?.lost.map(({ policy, why }) => [policy, why])).toEqual([
      ['rival', 'rules of the same rank disagree, so nothing is written'],
      ['second', 'rules of the same rank disagree, so nothing is written'],
    ]);
  });

  test.each<[string, Policy, string[], string]>([
    ['protection', stable, ['stable'], 'the name is protected'],
    ['its mode', { ...stable, mode: 'observe' }, [], 'mode "observe" does not allow it'],
    [
      'a change that is not made',
      anImagePolicy({ name: 'shop', channels: [aChannel({ backup: 'previous' })] }),
      ['previous'],
      'it depends on a change that is not made',
    ],
  ])('tells that a change is stopped by %s', (_name, policy, protect, why) => {
    expect(explain('stable', tags, [policy], protect)).toMatchObject({
      planned: digestOf('1.0.0'),
      lost: [{ policy: 'shop', rule: 'channels[0]', why }],
    });
  });

  test('tells precedence among rules for keys, and which rule could not be evaluated', () => {
    const policy = aResourcePolicy({
      ensure: { owner: 'me', broken: '{{ image.absent }}', free: 'yes' },
      normalize: [{ key: 'owner', transforms: ['upper'], map: {} }],
      default: { broken: 'x', owner: '{{ image.absent }}', free: '{{ image.absent }}' },
    });
    const listing = aListing(IMAGE, labels({ owner: 'You' }));
    const capabilities = RESOURCE_CAPABILITIES;

    const told = explainTarget(
      planInput({ target: IMAGE, policies: [policy], listing, capabilities }),
      null,
    );

    expect(told).toMatchObject([
      {
        tag: 'broken',
        decision: { rule: 'tags.ensure.broken' },
        lost: [
          {
            rule: 'tags.default.broken',
            why: 'policy "policy-a" tags.ensure.broken keeps the name as it is',
          },
        ],
      },
      { tag: 'free', planned: 'yes', decision: { rule: 'tags.ensure.free' }, lost: [] },
      {
        tag: 'owner',
        planned: 'me',
        decision: { rule: 'tags.ensure.owner' },
        lost: [
          {
            rule: 'tags.normalize[0]',
            why: 'policy "policy-a" tags.ensure.owner takes precedence',
          },
        ],
        evidence: ['"owner" is "You", no time is stated'],
      },
    ]);
  });

  test('tells why a rule could not be evaluated, not what it would have said', () => {
    const copyFrom = [
      { image: 'none', keys: ['team'], overwrite: true },
      { image: '{{ image.absent }}', keys: ['stage'], overwrite: true },
    ];
    const target = IMAGE;
    const listing = aListing(target, []);
    const policies = [aResourcePolicy({ copyFrom })];
    const capabilities = RESOURCE_CAPABILITIES;

    const told = explainTarget(planInput({ target, policies, listing, capabilities }), null);

    expect(told.map(({ tag, decision }) => [tag, decision?.because])).toEqual([
      ['stage', expect.stringContaining('"image.absent" is not known here')],
      ['team', expect.stringContaining('image "none": its tags could not be read')],
    ]);
  });

  test.each([
    ['a policy', [{ ...cleaning, protect: ['x', 'v*'] }], [], 'clean', 'protect[1]', 'by "v*"'],
    ['the account', [cleaning], ['v1'], 'tagwarden.yaml', 'protect', 'by "v1"'],
  ])('tells as the decision that %s protects', (_who, policies, protect, policy, rule, because) => {
    expect(explain('v1', [anImageTag('v1')], policies, protect)).toMatchObject({
      planned: digestOf('v1'),
      decision: { policy, rule, because: `protected ${because}` },
      lost: [{ policy: 'clean', rule: 'retain[0]', why: 'the name is protected' }],
    });
  });

  test('tells that a signature is protected by tagwarden itself', () => {
    expect(explain('sha256-0a.sig', [anImageTag('sha256-0a.sig')], [cleaning])).toMatchObject({
      decision: { policy: 'tagwarden', rule: 'protect' },
      lost: [],
    });
  });

  test('tells an exemption as the decision, with its end and reason, where no other rule decides', () => {
    const until = new Date(NOW.getTime() + 1);
    const held = { target: '**', until, reason: 'a pin' };
    const exemptions = [
      { ...held, until: NOW, tags: [] },
      { ...held, target: 'other/**', tags: [] },
      { ...held, tags: ['v9'] },
      { ...held, tags: ['v1'] },
      { ...held, tags: [] },
    ];
    const exempt = { ...cleaning, exemptions };

    const [v1, v2] = explainAll([anImageTag('v1'), anImageTag('v2')], [exempt]);
    const other = explain('v1', [anImageTag('v1')], [exempt, { ...cleaning, name: 'wipe' }]);

    const because = `exempt until ${until.toISOString()} because a pin`;
    expect(v1).toMatchObject({ decision: { rule: 'exemptions[3]', because }, lost: [] });
    expect(v2).toMatchObject({ decision: { rule: 'exemptions[4]' } });
    expect(other).toMatchObject({ decision: { policy: 'wipe', rule: 'retain[0]' } });
  });

  test('says nothing of rules that agree', () => {
    const again = anImagePolicy({ name: 'twin', channels: [aChannel()] });
    const twice = anImagePolicy({ name: 'wipe', retain: [aRetain({ pattern: 'x' })] });
    const both = [stable, again, twice, { ...twice, name: 'wipe-2' }];

    expect(explain('stable', tags, both)?.lost).toEqual([]);
    expect(explain('x', [...tags, anImageTag('x')], both)?.lost).toEqual([]);
  });

  test('gives siblings, protection, exemption and doubtful times as evidence', () => {
    const many = Array.from({ length: 7 }, (_, index) => anImageTag(`ci-${index}`, 'same'));
    const exemptions = [
      { target: '**', tags: ['ci-*'], until: new Date(NOW.getTime() + 1), reason: 'why' },
    ];
    const odd = [
      aTag('young', null, { updatedAt: null, createdAt: hoursAgo(25) }),
      anImageTag('absurd', 'absurd', { updatedAt: new Date(0) }),
    ];

    const told = explainAll([...many, ...odd], [{ ...cleaning, exemptions }], ['ci-0']);

    const evidence = Object.fromEntries(told.map((one) => [one.tag, one.evidence]));
    expect(evidence['ci-0']?.slice(1)).toEqual([
      'the same content has "ci-1", "ci-2", "ci-3", "ci-4", "ci-5" and 1 more',
      'protected by "ci-0"',
      'exempt from policy "clean" until 2026-06-01T00:00:00.001Z: why',
    ]);
    expect(evidence['young']).toEqual([
      '"young" is of unknown content, created 2026-05-30T23:00:00.000Z, 1 days ago',
    ]);
    expect(evidence['absurd']?.[0]).toContain('the time stated is not credible');
  });
});
