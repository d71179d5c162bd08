import { describe, expect, test } from 'vitest';
import {
  needsAt,
  needsFirstSeen,
  needsOfSource,
  wantedChildren,
  wantedFacts,
} from '../../src/plan/wanted-facts.ts';
import {
  aChannel,
  anImagePolicy,
  aPromotion,
  aRetain,
  planRepository,
} from '../support/policies.ts';
import { anImageTag, aTag, digestOf, NOW, REPOSITORY } from '../support/tags.ts';

const UNTIMED = { createdAt: null, updatedAt: null };
const NOTHING = { channels: [], promote: [], retain: [] };
const ELSEWHERE = { account: 'mirror', path: REPOSITORY.path };

describe('wantedFacts()', () => {
  const listed = [
    anImageTag('1.0.0', '1.0.0', UNTIMED),
    anImageTag('1.1.0', '1.1.0', { updatedAt: NOW, createdAt: null }),
    anImageTag('main', 'main'),
    aTag('2.0.0', null, UNTIMED),
    anImageTag(`sha256-${'0'.repeat(64)}.sig`, 'signature', UNTIMED),
  ];
  const all = (...names: readonly string[]) => names.map(digestOf).toSorted();

  test.each([
    { what: 'nothing', needs: NOTHING, wanted: [] },
    { what: 'a channel without an age', needs: { channels: [aChannel()] }, wanted: [] },
    {
      what: 'platforms of candidates',
      needs: { channels: [aChannel({ requirePlatforms: ['linux/amd64'] })] },
      wanted: all('1.0.0', '1.1.0'),
    },
    {
      what: 'a minimum age',
      needs: { promote: [aPromotion({ minAgeMs: 1 })] },
      wanted: all('1.0.0'),
    },
    {
      what: 'a minimum age since the build',
      needs: { promote: [aPromotion({ minAgeMs: 1, ageBy: 'created' })] },
      wanted: all('1.0.0', '1.1.0'),
    },
    {
      what: 'a minimum age since the first sight',
      needs: { promote: [aPromotion({ minAgeMs: 1, ageBy: 'first-seen' })] },
      wanted: [],
    },
    {
      what: 'the newest by build',
      needs: { channels: [aChannel({ select: { by: 'newest', time: 'created' } })] },
      wanted: all('1.0.0', '1.1.0'),
    },
    {
      what: 'the newest by update',
      needs: { channels: [aChannel({ select: { by: 'newest', time: 'updated' } })] },
      wanted: all('1.0.0'),
    },
    { what: 'names to keep', needs: { retain: [aRetain({ pattern: '.*' })] }, wanted: [] },
    {
      what: 'the newest to keep',
      needs: { retain: [aRetain({ newest: 1 })] },
      wanted: all('1.0.0'),
    },
    { what: 'an age', needs: { retain: [aRetain({ olderThanMs: 1 })] }, wanted: all('1.0.0') },
    {
      what: 'an age since the build',
      needs: { retain: [aRetain({ olderThanMs: 1, ageBy: 'created' })] },
      wanted: all('1.0.0', '1.1.0'),
    },
    {
      what: 'an age since the first sight',
      needs: { retain: [aRetain({ olderThanMs: 1, ageBy: 'first-seen' })] },
      wanted: [],
    },
  ])('asks for what $what needs', ({ needs, wanted }) => {
    expect(wantedFacts({ ...NOTHING, ...needs }, listed, NOW)).toEqual(wanted);
  });

  test('asks for no platforms that are known', () => {
    const needs = { ...NOTHING, channels: [aChannel({ requirePlatforms: ['linux/amd64'] })] };

    expect(wantedFacts(needs, [anImageTag('1.0.0', '1.0.0', { platforms: [] })], NOW)).toEqual([]);
  });
});

describe('wantedChildren()', () => {
  const plan = planRepository(
    [
      ...Array.from({ length: 10 }, (_none, at) => anImageTag(`keep-${at}`)),
      anImageTag('1.0.0'),
      anImageTag('old-2', 'b'),
      anImageTag('old-1', 'a'),
      anImageTag('old-3', 'b'),
      anImageTag('old-4', 'running'),
      aTag('old-5', null),
    ],
    [anImagePolicy({ channels: [aChannel()], retain: [aRetain({ pattern: 'old-.*' })] })],
  );

  test('asks of each content to be deleted, once, that is not in use itself', () => {
    const asked = wantedChildren(plan, new Set([digestOf('running')]));

    expect(asked).toEqual([digestOf('a'), digestOf('b')].toSorted());
  });

  test('asks for nothing where nothing runs', () => {
    expect(wantedChildren(plan, new Set())).toEqual([]);
  });
});

test('needsAt() takes the rules of a target, and of promotions only those that go anywhere', () => {
  const policy = anImagePolicy({
    channels: [aChannel()],
    promote: [aPromotion()],
    retain: [aRetain({})],
  });
  const own = { ...policy, promote: [] };

  expect(needsAt([policy], REPOSITORY)).toEqual({
    channels: policy.channels,
    promote: policy.promote,
    retain: policy.retain,
  });
  expect(needsAt([own], REPOSITORY).promote).toEqual([]);
  expect(needsAt([policy], ELSEWHERE)).toEqual(NOTHING);
  expect(needsAt([], REPOSITORY)).toEqual(NOTHING);
});

test('needsOfSource() takes the rules that bring its content to the target', () => {
  const policy = anImagePolicy({
    promote: [aPromotion(), aPromotion({ to: [{ account: 'other', repository: 'x' }] })],
  });

  expect(needsOfSource([policy], ELSEWHERE, REPOSITORY).promote).toEqual([policy.promote[0]]);
  expect(needsOfSource([policy], ELSEWHERE, ELSEWHERE).promote).toEqual([]);
  expect(needsOfSource([policy], ELSEWHERE, { ...REPOSITORY, path: 'x' }).promote).toEqual([]);
});

test('needsFirstSeen() is true when any rule counts from the first sight', () => {
  expect(needsFirstSeen(NOTHING)).toBe(false);
  expect(needsFirstSeen({ ...NOTHING, retain: [aRetain({ ageBy: 'first-seen' })] })).toBe(true);
});
