import fc from 'fast-check';
import { MODES } from '../../src/model/mode.ts';
import type { ImageTagPolicy, ResourceTagPolicy } from '../../src/model/policy.ts';
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
  copyFrom: fc.array(
    fc.record({
      image: fc.constantFrom('other', 'gone', '{{ image.absent ?? "" }}', '{{ image.absent }}'),
      keys: fc.subarray(['a', 'b', 'C', 'tmp-1'], { minLength: 1 }),
      overwrite: fc.boolean(),
    }),
    { maxLength: 1 },
  ),
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

/** Another image that can be read, and one that cannot. */
export const images = fc
  .dictionary(key, value, { maxKeys: 4 })
  .map((tags) => new Map([['other', labels(tags)] as const, ['gone', null] as const]));

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
    groupBy: fc.constantFrom(null, '(?<kind>[a-z]+)-[0-9]+'),
    countBy: fc.constantFrom('name', 'digest'),
    olderThanMs: fc.constantFrom(null, 48 * 3_600_000),
  })
  .map((rule) => aRetain(rule));

/** Copies of pushed names: a copy that reads what another rule writes follows it one pass behind. */
const copy = fc.record({
  from: fc.constantFrom('1.0.0', '1.0.1', 'ci-1', 'none'),
  to: fc.constantFrom('golden', '2.0.0', 'ci-3'),
  override: fc.boolean(),
});

export const imagePolicies = fc
  .array(
    fc.record({
      copies: fc.array(copy, { maxLength: 1 }),
      channels: fc.array(channel, { maxLength: 2 }),
      retain: fc.array(retain, { maxLength: 3 }),
      mode,
      protect: fc.subarray(['v*', 'ci-2', 'stable']),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) =>
    parts.map((part, index): ImageTagPolicy => anImagePolicy({ name: `policy-${index}`, ...part })),
  );
