import { describe, expect, test } from 'vitest';
import type { ResourceTagPolicy } from '../../src/model/policy.ts';
import { needsAllFacts } from '../../src/policy/facts.ts';
import { anImagePolicy, aResourcePolicy } from '../support/policies.ts';
import { IMAGE } from '../support/tags.ts';

const SELECTOR = {
  account: IMAGE.account,
  name: null,
  visibility: null,
  ids: null,
  tags: null,
} as const;

describe('needsAllFacts()', () => {
  test.each<[string, boolean, Partial<ResourceTagPolicy['tags']>, Partial<ResourceTagPolicy>]>([
    ['no fact', false, { ensure: { owner: 'platform' } }, {}],
    ['the name in a template', false, { ensure: { n: '{{ image.name | lower }}' } }, {}],
    ['id and status', false, { default: { n: '{{ image.id }}-{{ image.status }}' } }, {}],
    ['the name in a selector', false, {}, { targets: [{ ...SELECTOR, name: 'golden-*' }] }],
    ['tags in a selector', false, {}, { targets: [{ ...SELECTOR, tags: { a: 'b' } }] }],
    ['another fact in ensure', true, { ensure: { os: '{{ image.osType }}' } }, {}],
    ['another fact with a fallback', true, { ensure: { os: '{{ image.osType ?? "x" }}' } }, {}],
    ['another fact in default', true, { default: { os: 'a {{ image.osType }}' } }, {}],
    [
      'another fact in copyFrom',
      true,
      { copyFrom: [{ image: '{{ image.sourceImageId }}', keys: ['a'], overwrite: true }] },
      {},
    ],
    ['the visibility', true, {}, { targets: [SELECTOR, { ...SELECTOR, visibility: 'private' }] }],
    [
      'the visibility in another account',
      false,
      {},
      { targets: [SELECTOR, { ...SELECTOR, account: 'else', visibility: 'private' }] },
    ],
    [
      'another fact, in another account',
      false,
      { ensure: { os: '{{ image.osType }}' } },
      { targets: [{ ...SELECTOR, account: 'else' }] },
    ],
    ['another fact, suspended', false, { ensure: { os: '{{ image.osType }}' } }, { suspend: true }],
  ])('needsAllFacts() of a policy that asks for %s is %j', (_what, wanted, tags, overrides) => {
    const policies = [anImagePolicy({}), aResourcePolicy(tags, overrides)];

    expect(needsAllFacts(policies, IMAGE.account)).toBe(wanted);
  });
});
