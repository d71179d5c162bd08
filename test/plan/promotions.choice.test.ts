import { describe, expect, test } from 'vitest';
import { explainTarget } from '../../src/plan/explain.ts';
import { planTarget } from '../../src/plan/plan.ts';
import { promotionSources } from '../../src/plan/promotions.ts';
import {
  aChannel,
  anImagePolicy,
  aPromotion,
  aRetain,
  IMAGE_CAPABILITIES,
  planRepository,
} from '../support/policies.ts';
import { anImageTag, digestOf, hoursAgo, NOW } from '../support/tags.ts';
import {
  brought,
  inputOf,
  messages,
  planThere,
  promoting,
  SOURCE,
  THERE,
} from './promotion-world.ts';

describe('planTarget() of a destination, further', () => {
  test('never moves a name to an older version', () => {
    const plan = planThere(
      {
        source: [anImageTag('1.0.0'), anImageTag('1.1.0', '1.1.0', { updatedAt: NOW })],
        here: [anImageTag('stable', '1.1.0')],
      },
      promoting({ tag: 'stable', noClobber: false, minAgeMs: 3_600_000 }),
    );

    expect(plan.operations).toEqual([]);
    expect(messages(plan)).toEqual([
      'Cannot promote "1.0.0" of "staging/shop/web" to "stable": it is on "1.1.0" here, which is newer',
    ]);
  });

  test('does not guess between two that rank the same', () => {
    const plan = planThere(
      { source: [anImageTag('v1.0.0'), anImageTag('1.0.0')] },
      promoting({ tag: 'stable' }),
    );

    expect(plan.operations).toEqual([]);
    expect(messages(plan)[0]).toContain('ranks the same there but differs in content');
  });

  test('says when there is nothing to choose from', () => {
    expect(messages(planThere({ source: [] }, promoting({})))[0]).toContain('0 tags compare');
  });

  test('counts an age from the build where that is said', () => {
    const source = [anImageTag('1.0.0', '1.0.0', { updatedAt: NOW })];
    const rule = { minAgeMs: 3_600_000, ageBy: 'created' } as const;

    expect(brought(planThere({ source }, promoting(rule)))).toEqual(['1.0.0 from 1.0.0']);
  });

  test('waits until a tag was first seen long enough ago', () => {
    const tag = (hours: number | null) =>
      anImageTag('1.0.0', '1.0.0', { firstSeenAt: hours === null ? null : hoursAgo(hours) });
    const rule = promoting({ minAgeMs: 48 * 3_600_000, ageBy: 'first-seen' });

    expect(planThere({ source: [tag(48)] }, rule).operations).toHaveLength(1);
    expect(planThere({ source: [tag(47)] }, rule).operations).toEqual([]);
    expect(messages(planThere({ source: [tag(null)] }, rule))[0]).toBe(
      'Nothing to promote from "staging/shop/web": 1 tag compares, none is the newest version matching *, at least 2d old since it was first seen',
    );
  });

  test('leaves out what lacks a platform, and says which', () => {
    const both = { platforms: ['linux/amd64', 'linux/arm64/v8'] };
    const source = [
      anImageTag('1.0.0', '1.0.0', both),
      anImageTag('1.1.0', '1.1.0', { platforms: ['linux/amd64'] }),
      anImageTag('1.2.0'),
    ];

    const plan = planThere(
      { source },
      promoting({ count: 1, requirePlatforms: ['linux/amd64', 'linux/arm64'] }),
    );

    expect(brought(plan)).toEqual(['1.0.0 from 1.0.0']);
    expect(messages(plan)).toEqual([
      'Promotion from "staging/shop/web" leaves out "1.2.0": its platforms are not known (and 1 more)',
    ]);
  });

  test('does nothing but promote for a policy that does not select it', () => {
    const policy = anImagePolicy({
      ...promoting({}),
      retain: [aRetain({ pattern: '.*' })],
      channels: [aChannel()],
    });

    const plan = planThere({ source: [], here: [anImageTag('0.1.0')] }, policy);

    expect(plan.operations).toEqual([]);
  });

  test('refuses it whole when the provider cannot', () => {
    const input = inputOf({ source: [anImageTag('1.0.0')] }, [promoting({})]);
    const capabilities = {
      ...IMAGE_CAPABILITIES,
      operations: new Set(['delete'] as const),
      missing: { promote: 'say registry' },
    };

    const plan = planTarget({ ...input, capabilities });

    expect(plan.verdict).toEqual({
      safe: false,
      reasons: ['Cannot promote "1.0.0" (policy "release" promote[0]): say registry'],
    });
  });

  test('promotes after the copies that read what is overwritten', () => {
    const here = anImagePolicy({
      name: 'copies',
      targets: [{ account: 'prod', repositories: ['**'], exclude: [] }],
      copies: [{ from: 'stable', to: 'previous', override: true }],
    });
    const world = { source: [anImageTag('1.0.0')], here: [anImageTag('stable', 'old')] };

    const plan = planThere(world, promoting({ tag: 'stable', noClobber: false }), here);

    expect(plan.operations.map(({ type, tag }) => `${type} ${tag}`)).toEqual([
      'copy previous',
      'promote stable',
    ]);
  });

  test('has another digest when the source, the tag there or the referrers differ', () => {
    const digests = [
      planThere({ source: [anImageTag('1.0.0')] }, promoting({})),
      planThere({ source: [anImageTag('1.0.0')] }, promoting({ referrers: true })),
      planThere({ source: [anImageTag('1.0.0', 'other')] }, promoting({})),
    ].map(({ digest }) => digest);

    expect(new Set(digests).size).toBe(3);
  });
});

describe('explainTarget() of a destination', () => {
  test('tells the tag of the source, with what is known of it', () => {
    const facts = { firstSeenAt: hoursAgo(50), platforms: ['linux/amd64'] };
    const input = inputOf({ source: [anImageTag('1.0.0', '1.0.0', facts)] }, [promoting({})]);

    const [explained] = explainTarget(input, '1.0.0');

    expect(explained?.planned).toBe(digestOf('1.0.0'));
    expect(explained?.decision?.rule).toBe('promote[0]');
    expect(explained?.evidence.join('\n')).toMatch(
      /of "staging\/shop\/web": "1\.0\.0" is "sha256:.*first seen 2026-05-29T22:00:00\.000Z, for linux\/amd64/,
    );
  });
});

describe('planTarget() of a source', () => {
  test('keeps what is to be promoted, now and when it is old enough', () => {
    const policy = anImagePolicy({
      promote: [aPromotion({ count: 1, minAgeMs: 3_600_000 })],
      retain: [aRetain({ pattern: '.*' })],
    });
    const tags = [
      anImageTag('1.0.0'),
      anImageTag('1.1.0'),
      anImageTag('1.2.0', '1.2.0', { updatedAt: NOW }),
    ];

    const plan = planRepository(tags, [policy]);

    expect(plan.operations.map(({ type, tag }) => `${type} ${tag}`)).toEqual(['delete 1.0.0']);
  });

  test('keeps nothing for a promotion that goes nowhere', () => {
    const policy = anImagePolicy({
      promote: [aPromotion({ to: [{ account: null, repository: 'shop/other' }] })],
      retain: [aRetain({ pattern: '1.*' })],
    });

    const plan = planRepository([anImageTag('1.0.0'), anImageTag('main')], [policy]);

    expect(plan.operations).toHaveLength(1);
  });
});

test('promotionSources() names each source once', () => {
  const policy = promoting({}, { tag: 'stable' });

  expect(promotionSources([policy, policy], THERE)).toEqual([SOURCE]);
  expect(promotionSources([policy], SOURCE)).toEqual([]);
});
