import fc from 'fast-check';
import { type ImageTagPolicy, MODES, type ResourceTagPolicy } from '../../src/model/policy.ts';
import { aChannel, anImagePolicy, aResourcePolicy, aRetain } from '../support/policies.ts';
import { anImageTag, hoursAgo, labels } from '../support/tags.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'A', 'tmp-1', 'tmp-2');
export const value = fc.constantFrom('x', 'y', 'X', ' x ', 'z');
const glob = fc.constantFrom('a', 'b', 'tmp-*', '*', '[A-C]', 'd');
const mode = fc.constantFrom(...MODES);

export const imageState = fc.dictionary(key, value, { maxKeys: 8 }).map(labels);

const resourceTags: fc.Arbitrary<ResourceTagPolicy['tags']> = fc.record({
  ensure: fc.dictionary(key, value, { maxKeys: 3 }),
  default: fc.dictionary(key, value, { maxKeys: 2 }),
  rename: fc.array(fc.record({ from: key, to: key }), { maxLength: 3 }),
  copyFrom: fc.constant([]),
  normalize: fc.array(
    fc.record({
      key,
      transforms: fc.subarray(['trim', 'lower', 'upper'] as const),
      map: fc.dictionary(value, value, { maxKeys: 2 }),
    }),
    { maxLength: 2 },
  ),
  remove: fc.array(
    fc.oneof(
      fc.record({ by: fc.constant('glob' as const), glob }),
      fc.record({ by: fc.constant('pair' as const), key, value }),
    ),
    { maxLength: 2 },
  ),
  require: fc.constant({}),
});

export const resourcePolicies = fc
  .array(fc.tuple(resourceTags, mode, fc.boolean(), fc.subarray(['a', 'tmp-*', 'C'])), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) =>
    parts.map(([tags, policyMode, exclusive, protect], index) =>
      aResourcePolicy(tags, { name: `policy-${index}`, mode: policyMode, exclusive, protect }),
    ),
  );

const tagName = fc.constantFrom(
  '1.0.0',
  '1.0.1',
  'v1.0.1',
  '1.1.0',
  '2.0.0',
  '2.1.0-rc.1',
  'stable',
  'previous',
  '1.0-old',
  '1.0',
  '1.1',
  'ci-1',
  'ci-2',
  'ci-3',
  'sha256-ab.sig',
);

export const repositoryState = fc
  .uniqueArray(
    fc.record({ name: tagName, label: fc.constantFrom('p', 'q', 'r', 's'), age: fc.nat(100) }),
    { selector: ({ name }) => name, maxLength: 12 },
  )
  .map((tags) =>
    tags.map(({ name, label, age }) => anImageTag(name, label, { updatedAt: hoursAgo(age) })),
  );

const channel = fc
  .record({
    names: fc.constantFrom(
      { tag: 'stable', backup: null },
      { tag: 'stable', backup: 'previous' },
      { tag: '{{ major }}.{{ minor }}', backup: null },
      { tag: '{{ major }}.{{ minor }}', backup: '{{ major }}.{{ minor }}-old' },
    ),
    range: fc.constantFrom('*', '<2', '>=1.0.1'),
    prerelease: fc.boolean(),
    minAgeMs: fc.constantFrom(0, 24 * 3_600_000),
    allowDowngrade: fc.boolean(),
  })
  .map(({ names, range, prerelease, ...rest }) =>
    aChannel({ ...names, ...rest, select: { by: 'semver', range, prerelease } }),
  );

const retain = fc
  .record({
    action: fc.constantFrom('keep', 'delete'),
    pattern: fc.constantFrom(null, '.*', 'ci-.*', '[0-9.]+'),
    semver: fc.constantFrom(null, '*', '<1.1.0'),
    newest: fc.constantFrom(null, 1, 2),
    olderThanMs: fc.constantFrom(null, 48 * 3_600_000),
  })
  .map((rule) => aRetain(rule));

export const imagePolicies = fc
  .array(
    fc.tuple(
      fc.array(channel, { maxLength: 2 }),
      fc.array(retain, { maxLength: 3 }),
      mode,
      fc.subarray(['v*', 'ci-2', 'stable']),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) =>
    parts.map(([channels, retains, policyMode, protect], index) =>
      anImagePolicy({
        name: `policy-${index}`,
        channels,
        retain: retains,
        mode: policyMode,
        protect,
      }),
    ),
  );

/** Rules that disagree about one channel settle in two passes: the first still holds what the second lets go. */
export function oneRuleAChannel(policies: readonly ImageTagPolicy[]): ImageTagPolicy[] {
  const seen = new Set<string>();
  return policies.map((policy) => ({
    ...policy,
    channels: policy.channels.filter(({ tag }) => !seen.has(tag) && seen.add(tag)),
  }));
}
