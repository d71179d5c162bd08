import { expect, test } from 'vitest';
import { platformGap } from '../../src/plan/platforms.ts';
import { anImageTag } from '../support/tags.ts';

test.each([
  { has: null, wants: [], gap: null },
  { has: null, wants: ['linux/amd64'], gap: 'its platforms are not known' },
  { has: [], wants: ['linux/amd64'], gap: 'it lacks linux/amd64' },
  { has: ['linux/amd64'], wants: ['linux/amd64'], gap: null },
  { has: ['linux/arm64/v8'], wants: ['linux/arm64'], gap: null },
  { has: ['linux/arm64'], wants: ['linux/arm64/v8'], gap: null },
  { has: ['linux/arm/v7'], wants: ['linux/arm'], gap: null },
  { has: ['linux/arm'], wants: ['linux/arm/v7'], gap: 'it lacks linux/arm/v7' },
  { has: ['linux/arm64'], wants: ['linux/arm'], gap: 'it lacks linux/arm' },
  {
    has: ['linux/amd64'],
    wants: ['linux/arm64', 'linux/amd64', 'linux/s390x'],
    gap: 'it lacks linux/arm64, linux/s390x',
  },
])('platformGap() of $has for $wants is $gap', ({ has, wants, gap }) => {
  expect(platformGap(anImageTag('1.0.0', '1.0.0', { platforms: has }), wants)).toBe(gap);
});

test('platformGap() takes a tag without the fact as not known', () => {
  expect(platformGap(anImageTag('1.0.0'), ['linux/amd64'])).toBe('its platforms are not known');
});
