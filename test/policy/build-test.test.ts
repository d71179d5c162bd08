import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/policy/build-test.ts';
import { imageYaml, setOf } from './policies.ts';

const POLICY = imageYaml('copies: [{ from: a, to: b }]');

function testOf(spec: string) {
  const [test] = setOf(
    POLICY,
    `apiVersion: tagwarden/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  ${spec}\n`,
  ).tests;
  if (test === undefined) throw new Error('no test');
  return test;
}

const BASE = 'now: 2026-06-01T12:00:00Z\n  target: swr-north/shop/web\n  provider: huawei-swr\n';

describe('buildTest()', () => {
  test.each(['status: drifted', 'operations: []', 'findings: []'])(
    'buildTest() takes an expectation of %s alone for one without operations',
    (expect_) => {
      const { expect: wanted } = testOf(`${BASE}  listing: []\n  expect: { ${expect_} }`);

      expect(wanted.operations).toEqual([]);
    },
  );

  test('buildTest() reads every field', () => {
    const built = testOf(
      `${BASE}  attributes: { name: golden }\n  policies: [shop]\n` +
        '  listing:\n' +
        '    - { name: 1.4.2, digest: build-7, age: 3d }\n' +
        '    - { name: stable, digest: build-6, created: 2026-01-01, updated: 2026-05-01T06:00Z }\n' +
        '    - { name: owner, value: platform }\n' +
        '    - { name: unseen }\n' +
        '    - { name: 1.5.0, firstSeen: 2026-05-01, platforms: [linux/amd64] }\n' +
        '  images: { id-1: [{ name: owner, value: x }] }\n' +
        '  sources: { staging/shop/web: [{ name: 1.4.2 }] }\n' +
        '  expect:\n    status: drifted\n' +
        '    operations:\n' +
        '      - { type: copy, tag: stable, from: 1.4.2, digest: build-7, policy: shop, rule: "copies[0]", because: newest }\n' +
        '      - { type: add, tag: owner, value: x }\n' +
        '    findings: [{ severity: warning, message: missing }, { message: other }]',
    );

    const then = new Date('2026-05-29T12:00:00Z');
    expect(built.positions['listing[1]']).toEqual({ file: 'a.yaml', line: 20, column: 7 });
    expect(built).toEqual({
      name: 't',
      positions: built.positions,
      position: { file: 'a.yaml', line: 9, column: 1 },
      target: { account: 'swr-north', path: 'shop/web' },
      provider: 'huawei-swr',
      now: new Date('2026-06-01T12:00:00Z'),
      attributes: { name: 'golden' },
      policies: ['shop'],
      listing: [
        { name: '1.4.2', value: digestOf('build-7'), createdAt: then, updatedAt: then },
        {
          name: 'stable',
          value: digestOf('build-6'),
          createdAt: new Date('2026-01-01'),
          updatedAt: new Date('2026-05-01T06:00:00Z'),
        },
        { name: 'owner', value: 'platform', createdAt: null, updatedAt: null },
        { name: 'unseen', value: null, createdAt: null, updatedAt: null },
        {
          name: '1.5.0',
          value: null,
          createdAt: null,
          updatedAt: null,
          firstSeenAt: new Date('2026-05-01'),
          platforms: ['linux/amd64'],
        },
      ],
      images: { 'id-1': [{ name: 'owner', value: 'x', createdAt: null, updatedAt: null }] },
      sources: {
        'staging/shop/web': [{ name: '1.4.2', value: null, createdAt: null, updatedAt: null }],
      },
      expect: {
        status: 'drifted',
        operations: [
          {
            type: 'copy',
            tag: 'stable',
            from: '1.4.2',
            source: null,
            value: digestOf('build-7'),
            policy: 'shop',
            rule: 'copies[0]',
            because: 'newest',
          },
          {
            type: 'add',
            tag: 'owner',
            from: null,
            source: null,
            value: 'x',
            policy: null,
            rule: null,
            because: null,
          },
        ],
        findings: [
          { severity: 'warning', message: 'missing' },
          { severity: null, message: 'other' },
        ],
      },
    });
  });

  test('buildTest() fills in what is left out', () => {
    const built = testOf(`${BASE}  listing: []\n  expect: { findings: [] }`);

    expect(built).toMatchObject({
      attributes: {},
      policies: null,
      listing: [],
      images: {},
      expect: { status: null, operations: [], findings: [] },
    });
    expect(
      testOf(`${BASE}  listing: []\n  expect: { status: refused }`).expect.findings,
    ).toBeNull();
  });
});

describe('digestOf()', () => {
  test('digestOf() gives equal words equal digests, and leaves a whole digest as it is', () => {
    const digest = digestOf('build-7');

    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digestOf('build-7')).toBe(digest);
    expect(digestOf('build-8')).not.toBe(digest);
    expect(digestOf(digest)).toBe(digest);
  });
});
