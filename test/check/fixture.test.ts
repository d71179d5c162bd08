import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixtureOf, nameOfFixture, renderFixture } from '../../src/check/fixture.ts';
import { runPolicyTest } from '../../src/check/run-test.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { capabilitiesOf } from '../../src/providers/capabilities.ts';
import { planInput } from '../support/policies.ts';
import { aTag, digestOf, hoursAgo, IMAGE, labels, NOW, REPOSITORY } from '../support/tags.ts';

const POLICIES = `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: sync
  targets: [{ account: swr-north, repositories: ["**"] }]
  channels: [{ tag: stable, select: { semver: "*" }, minAge: 2d, backup: previous }]
  retain: [{ name: old, action: delete, pattern: "ci-.*", olderThan: 3d }]
---
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: labels }
spec:
  mode: upsert-only
  targets: [{ account: ims-north, images: { name: "*" } }]
  tags:
    ensure: { os: "{{ image.osType | lower }}" }
    copyFrom: [{ image: base, keys: [owner] }, { image: gone, keys: [env] }]
    remove: ["tmp-*"]
    require: { owner: { oneOf: [shop] } }
`;
const { policies } = parsePolicies([{ path: 'p.yaml', text: POLICIES }]);
const capabilities = (provider: 'huawei-ims' | 'huawei-swr') => capabilitiesOf({ provider });

const time = fc.option(fc.integer({ min: 0, max: 200 }).map((hours) => hoursAgo(hours)));
const repositoryTag: fc.Arbitrary<ListedTag> = fc.record({
  name: fc.constantFrom('1.0.0', 'v1.0.0', '1.1.0', 'stable', 'previous', 'ci-1', 'ci-2', 'x'),
  value: fc.option(fc.constantFrom('a', 'b', 'c').map(digestOf), { freq: 10 }),
  createdAt: time,
  updatedAt: time,
});
const repository = fc.uniqueArray(repositoryTag, { selector: ({ name }) => name });
const image = fc
  .dictionary(
    fc.constantFrom('owner', 'os', 'tmp-1', 'Ünï', 'a: b', 'null', '0x1'),
    fc.constantFrom('', 'shop', 'yes', '012', '1e3', '~', '{a}', ' padded ', '2026-01-01'),
  )
  .map(labels);

function roundTrip(kind: 'huawei-ims' | 'huawei-swr', tags: readonly ListedTag[]) {
  const target = kind === 'huawei-ims' ? IMAGE : REPOSITORY;
  // No rule reads a namespace, and a test that has one is warned of.
  const attributes = { name: 'no', osType: 'Linux', namespace: 'shop' };
  const input = {
    target,
    policies: policies.filter((policy) =>
      policy.targets.some(({ account }) => account === target.account),
    ),
    listing: { target, tags },
    attributes,
    images: new Map([
      [target.path, tags],
      ['base', labels({ owner: 'platform' })],
      ['gone', null],
    ]),
    capabilities: capabilities(kind),
    guards: { maxDeletePercent: 1 },
    protect: ['stable'],
    baseline: 100,
    confirmed: new Set<string>(),
    now: NOW,
  };
  const fixture = fixtureOf(input, { name: nameOfFixture(target), provider: kind });
  const text = renderFixture(fixture);
  const set = parsePolicies([{ path: 'p.yaml', text: `${POLICIES}---\n${text}` }]);
  return { fixture, text, set };
}

describe('fixtureOf()', () => {
  test.each([
    ['huawei-swr', repository],
    ['huawei-ims', image],
  ] as const)(
    'is a test that reads back the same and passes, whatever %s lists',
    (provider, tags) => {
      fc.assert(
        fc.property(tags, (listed) => {
          const { fixture, set } = roundTrip(provider, listed);
          const [read] = set.tests;

          expect(read).toMatchObject({
            ...fixture,
            expect: { operations: fixture.expect.operations },
          });
          expect(read?.listing).toEqual(listed);
          const bench = { set, capabilitiesOf: () => capabilities(provider) };
          expect(set.tests.map((one) => runPolicyTest(one, bench).status)).toEqual(['passed']);
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('renderFixture()', () => {
  test('holds the other images keys are copied from, without those that could not be read', () => {
    const { text, set } = roundTrip('huawei-ims', []);

    expect(text).toContain('    base:\n      - { name: owner, value: platform }\n');
    expect(text).not.toContain('gone:');
    expect(set.tests[0]?.expect.operations).toContainEqual(
      expect.objectContaining({ type: 'add', tag: 'owner', value: 'platform' }),
    );
  });

  test('is a document a person can read and edit', () => {
    const { text } = roundTrip('huawei-swr', [
      aTag('1.0.0', digestOf('1.0.0')),
      aTag('stable', null, { createdAt: null }),
    ]);

    expect(text).toMatchInlineSnapshot(`
      "apiVersion: tagwarden/v1
      kind: PolicyTest
      metadata:
        name: swr-north-shop-web
      spec:
        now: 2026-06-01T00:00:00.000Z
        target: swr-north/shop/web
        provider: huawei-swr
        attributes:
          name: no
          osType: Linux
        listing:
          - { name: 1.0.0, digest: sha256:92521fc3cbd964bdc9f584a991b89fddaa5754ed1cc96d6d42445338669c1305, created: 2025-06-01T00:00:00.000Z, updated: 2025-06-01T00:00:00.000Z }
          - { name: stable, updated: 2025-06-01T00:00:00.000Z }
        images:
          base:
            - { name: owner, value: platform }
        expect:
          status: in-sync
          operations: []
          findings:
            - { severity: warning, message: 'Channel "stable" stays: the digest of "stable" is not known' }
      "
    `);
  });
});

describe('nameOfFixture()', () => {
  test.each([
    ['swr-north', 'shop/web', 'swr-north-shop-web'],
    ['hub', 'team/My_App.v2', 'hub-team-my-app-v2'],
    ['1', '2', 'snapshot'],
    ['a', 'x'.repeat(100), `a-${'x'.repeat(61)}`],
    ['a', `${'x'.repeat(60)}/yy`, `a-${'x'.repeat(60)}`],
  ])('turns %s/%s into "%s"', (account, path, name) => {
    expect(nameOfFixture({ account, path })).toBe(name);
  });
});

describe('fixtureOf() of a target nobody selects', () => {
  test('says so, and so passes as a test', () => {
    const elsewhere = { account: 'elsewhere', path: 'x' };
    const input = planInput({
      target: elsewhere,
      policies: [],
      listing: { target: elsewhere, tags: [] },
      capabilities: capabilities('huawei-swr'),
    });

    const text = renderFixture(fixtureOf(input, { name: 'x', provider: 'huawei-swr' }));

    const set = parsePolicies([{ path: 'p.yaml', text: `${POLICIES}---\n${text}` }]);
    const [test_] = set.tests;
    expect(test_?.policies).toEqual([]);
    expect(
      test_ &&
        runPolicyTest(test_, { set, capabilitiesOf: () => capabilities('huawei-swr') }).status,
    ).toBe('passed');
  });
});
