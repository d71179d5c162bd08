import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  IMAGE_CAPABILITIES,
  planImage,
  planRepository,
} from '../support/policies.ts';
import { anImageTag, labels } from '../support/tags.ts';

const reasons = ({ verdict }: Plan) => (verdict.safe ? [] : verdict.reasons);
const keys = (count: number) =>
  labels(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'x'])));

describe('capabilityReasons()', () => {
  test('refuses a key and a value that are too long, naming rule and limit', () => {
    const policy = aResourcePolicy({ ensure: { ['k'.repeat(37)]: '1', k: 'v'.repeat(44) } });

    expect(reasons(planImage([], [policy]))).toEqual([
      'Cannot add "k" (policy "policy-a" tags.ensure.k): a value has at most 43 characters',
      `Cannot add "${'k'.repeat(37)}" (policy "policy-a" tags.ensure.${'k'.repeat(37)}): ` +
        'a key has at most 36 characters',
    ]);
  });

  test('does not judge what it does not write', () => {
    const policy = aResourcePolicy({ remove: [{ by: 'glob', glob: 'a*' }] });

    const plan = planImage(labels({ ['a'.repeat(40)]: '1', b: 'v'.repeat(50) }), [policy]);

    expect(plan.verdict).toEqual({ safe: true });
  });

  test('refuses a final set above the cap, also when confirmed', () => {
    const policy = aResourcePolicy({ ensure: { a: '1', b: '2' } });
    const refused = planImage(keys(9), [policy]);

    const confirmed = planImage(keys(9), [policy], { confirmed: new Set([refused.digest]) });

    expect(reasons(confirmed)).toEqual([
      'Cannot add "b" (policy "policy-a" tags.ensure.b): ' +
        'the target would end with 11 tags, at most 10 may be there at any time',
    ]);
  });

  test('lets a target above its cap shrink and change values', () => {
    const policy = aResourcePolicy({ ensure: { k0: 'y' }, remove: [{ by: 'glob', glob: 'k1' }] });

    expect(planImage(keys(12), [policy]).verdict).toEqual({ safe: true });
  });

  test('refuses a policy of the other kind', () => {
    expect(reasons(planImage([], [anImagePolicy({})]))).toEqual([
      'policy "policy-a" has kind ImageTagPolicy, the target has resource tags',
    ]);
    expect(reasons(planRepository([], [aResourcePolicy({})]))).toEqual([
      'policy "policy-a" has kind ResourceTagPolicy, the target has image tags',
    ]);
  });

  test.each([
    [{ copy: 'a registry login is needed' }, 'a registry login is needed'],
    [{}, 'the provider cannot copy'],
  ])('refuses an operation the provider does not have %j', (missing, why) => {
    const capabilities = {
      ...IMAGE_CAPABILITIES,
      operations: new Set(['delete' as const]),
      missing,
    };
    const policy = anImagePolicy({ channels: [aChannel()] });

    expect(reasons(planRepository([anImageTag('1.0.0')], [policy], { capabilities }))).toEqual([
      `Cannot copy "stable" (policy "policy-a" channels[0]): ${why}`,
    ]);
  });

  test('refuses a tag name the registry does not take', () => {
    const policy = anImagePolicy({ copies: [{ from: 'a', to: 'not/a-tag', override: false }] });

    expect(reasons(planRepository([anImageTag('a')], [policy]))).toEqual([
      'Cannot copy "not/a-tag" (policy "policy-a" copies[0]): a tag is letters, digits, "_", "." and "-"',
    ]);
  });
});
