import { describe, expect, test } from 'vitest';
import { positionOf } from '../../src/policy/complaint.ts';
import { policyOf, resourceYaml } from './policies.ts';

const POLICY = policyOf(
  resourceYaml('tags: { ensure: { owner: x }, rename: [{ from: a, to: b }] }'),
);

describe('positionOf()', () => {
  test.each([
    ['tags.ensure.owner', 'tags.ensure.owner'],
    ['tags.ensure.absent', 'tags.ensure'],
    ['tags.rename[7]', 'tags.rename'],
    ['tags.require.x', 'tags'],
    ['targets[0].images.name', 'targets[0].images'],
  ])('positionOf() finds %s at %s', (rule, nearest) => {
    expect(positionOf(POLICY, rule)).toBe(POLICY.positions[nearest]);
  });

  test('positionOf() falls back to the policy itself', () => {
    expect(positionOf(POLICY, 'exclusive')).toBe(POLICY.position);
  });
});
