import { describe, expect, test } from 'vitest';
import { goesByOwnTags, inForce } from '../../src/policy/own-tags.ts';
import {
  aChannel,
  anImagePolicy,
  aPromotion,
  aResourcePolicy,
  aRetain,
} from '../support/policies.ts';
import { hoursAgo, NOW } from '../support/tags.ts';

const COPY = { image: 'id-0', keys: ['owner'], overwrite: false };

describe('goesByOwnTags()', () => {
  test.each([
    ['no policy', true, []],
    ['values of its own', true, [aResourcePolicy({ ensure: { a: '{{ image.name }}' } })]],
    ['keys of another image', false, [aResourcePolicy({}), aResourcePolicy({ copyFrom: [COPY] })]],
    [
      'names and versions',
      true,
      [anImagePolicy({ channels: [aChannel()], retain: [aRetain({ newest: 3 })] })],
    ],
    ['a minimum age', false, [anImagePolicy({ channels: [aChannel({ minAgeMs: 1 })] })]],
    ['a first sight', false, [anImagePolicy({ channels: [aChannel({ ageBy: 'first-seen' })] })]],
    ['an age', false, [anImagePolicy({ retain: [aRetain({ olderThanMs: 1 })] })]],
    [
      'a first sight to keep',
      false,
      [anImagePolicy({ retain: [aRetain({ ageBy: 'first-seen' })] })],
    ],
    ['content of another', false, [anImagePolicy({}), anImagePolicy({ promote: [aPromotion()] })]],
  ] as const)('goesByOwnTags() of rules that go by %s is %j', (_what, wanted, policies) => {
    expect(goesByOwnTags(policies)).toBe(wanted);
  });
});

describe('inForce()', () => {
  test('inForce() tells of each exemption whether it holds', () => {
    const exemption = (until: Date) => ({ target: '**', tags: [], until, reason: 'x' });
    const past = aResourcePolicy({}, { exemptions: [hoursAgo(1), hoursAgo(0)].map(exemption) });
    const coming = aResourcePolicy({}, { exemptions: [exemption(hoursAgo(-1))] });

    expect(inForce([past, coming], NOW)).toEqual([false, false, true]);
  });
});
