import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../../src/model/capabilities.ts';
import { checkPolicies } from '../../src/policy/check.ts';
import { ACCOUNTS, imsLike, swrLike } from './accounts.ts';
import { imageYaml, resourceYaml, setOf } from './policies.ts';

function complaintsOf(text: string, accounts: ReadonlyMap<string, Capabilities> = ACCOUNTS) {
  return checkPolicies(setOf(text), accounts).map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );
}

describe('checkPolicies()', () => {
  test.each([
    [resourceYaml('tags: { ensure: { owner: x } }'), []],
    [imageYaml('copies: [{ from: v1, to: v2 }]'), []],
    [
      resourceYaml(`tags: { rename: [{ from: a, to: ${'k'.repeat(37)} }] }`),
      ['7:20 error bad-name'],
    ],
    [resourceYaml(`tags: { require: { ${'k'.repeat(37)}: {} } }`), ['7:22 error bad-name']],
    [resourceYaml(`tags: { default: { ${'k'.repeat(37)}: x } }`), ['7:22 error bad-name']],
    [resourceYaml(`tags: { default: { o: ${'v'.repeat(44)} } }`), ['7:22 error bad-value']],
    [
      resourceYaml(`tags: { normalize: [{ key: a, map: { b: ${'v'.repeat(44)} } }] }`),
      ['7:23 error bad-value'],
    ],
    [
      resourceYaml(`tags: { ensure: { o: "{{ image.name }}${'v'.repeat(44)}" } }`),
      ['7:21 error bad-value'],
    ],
    [resourceYaml(`tags: { ensure: { o: "{{ image.name }}${'v'.repeat(43)}" } }`), []],
    [
      resourceYaml('tags: { copyFrom: [{ image: x, keys: [o] }] }\n  protect: [o]'),
      ['7:22 error protected'],
    ],
    [resourceYaml('tags: { default: { o: x } }\n  protect: [o]'), ['7:22 error protected']],
    [
      resourceYaml('tags: { rename: [{ from: a, to: b }] }\n  protect: [a]'),
      ['7:20 error protected'],
    ],
    [
      resourceYaml('tags: { normalize: [{ key: a, transforms: [trim] }] }\n  protect: [a]'),
      ['7:23 error protected'],
    ],
    [resourceYaml('mode: sync\n  exclusive: true'), []],
    [resourceYaml('mode: observe\n  exclusive: true'), ['8:3 error exclusive-needs-sync']],
    [resourceYaml('mode: create-only\n  tags: { remove: ["tmp-*"] }'), []],
    [
      imageYaml('channels: [{ tag: "no spaces", select: { semver: "*" }, backup: "-x" }]'),
      ['7:14 error bad-name', '7:14 error bad-name'],
    ],
    [
      imageYaml('channels: [{ tag: "{{ major }} x", select: { semver: "*" } }]'),
      ['7:14 error bad-name'],
    ],
    [
      imageYaml('channels: [{ tag: "v{{ major }}", select: { semver: "*" } }]\n  protect: ["v*"]'),
      [],
    ],
    [
      imageYaml('channels: [{ tag: a, select: { semver: "<0.0.0" } }]'),
      ['7:14 error never-matches'],
    ],
    [imageYaml('channels: [{ tag: a, select: { semver: "<0.0.0", prerelease: true } }]'), []],
    [imageYaml('channels: [{ tag: a, select: { numerical: highest } }]'), []],
    [imageYaml('copies: [{ from: "a b", to: c }]'), ['7:12 error bad-name']],
    [
      imageYaml(
        'channels: [{ tag: stable, select: { semver: "*" }, backup: old }]\n  protect: [old]',
      ),
      ['7:14 warning protected'],
    ],
    [
      imageYaml(
        'targets: [{ account: hub, repositories: ["**"] }]\n  retain: [{ name: k, action: delete, pattern: x }]',
      ),
      [],
    ],
  ])('checkPolicies() finds in %s exactly %j', (text, complaints) => {
    expect(complaintsOf(text)).toEqual(complaints);
  });

  test('checkPolicies() places a complaint at the nearest spelled-out ancestor', () => {
    const tags = Array.from({ length: 11 }, (_, index) => `k${index}: x`).join(', ');

    expect(complaintsOf(resourceYaml(`tags: { default: { ${tags} } }`))).toEqual([
      '7:3 error too-many-tags',
    ]);
  });

  test('checkPolicies() without accounts checks everything else', () => {
    const text = imageYaml(
      'targets: [{ account: nowhere, repositories: ["**"] }]\n  channels: [{ tag: "no name", select: { semver: "<0.0.0" } }]',
    );

    const codes = checkPolicies(setOf(text), null).map(({ code }) => code);

    expect(codes).toEqual(['never-matches']);
  });

  test.each([
    [resourceYaml('targets: [{ account: ims-north, images: { name: "golden-.+" } }]'), '7:35'],
    [resourceYaml('tags: { remove: ["tmp-.*", { key: a, value: ".*" }] }'), '7:20'],
    [resourceYaml('tags: { require: { team: { pattern: "team-*" }, a: { oneOf: [b] } } }'), '7:22'],
    [
      imageYaml('channels: [{ tag: a, filter: { pattern: "pr-*" }, select: { semver: "*" } }]'),
      '7:24',
    ],
    [imageYaml('retain: [{ name: k, action: keep, newest: 1, groupBy: "(?<x>a)-*b" }]'), '7:48'],
    [
      imageYaml(
        'copies: [{ from: a, to: b }]\n  exemptions: [{ target: "swr-north/.*", tags: [x], until: 2099-01-01, reason: r }]',
      ),
      '8:18',
    ],
    [
      imageYaml(
        'copies: [{ from: a, to: b }]\n  exemptions: [{ target: "swr-north/**", tags: ["ci-\\\\d+"], until: 2099-01-01, reason: r }]',
      ),
      '8:42',
    ],
  ])('checkPolicies() sees the mixed-up syntax in %s', (text, place) => {
    expect(complaintsOf(text)).toContain(`${place} warning mixed-syntax`);
  });

  test('checkPolicies() says once what PolicyDefaults gives to several policies', () => {
    const defaults =
      'apiVersion: tagwarden/v1\nkind: PolicyDefaults\nmetadata: { name: all }\nspec:\n' +
      '  exemptions: [{ target: "swr-north/.*", until: 2099-01-01, reason: r }]\n';
    const copies = ['a', 'b'].map((tag) => imageYaml(`copies: [{ from: x, to: ${tag} }]`, tag));

    const issues = checkPolicies(setOf(...copies, defaults), ACCOUNTS);

    expect(issues.filter(({ code }) => code === 'mixed-syntax')).toHaveLength(1);
  });

  test('checkPolicies() takes the name of any account for a mistake in a repository path', () => {
    const text = imageYaml(
      'targets: [{ account: swr-north, repositories: ["shop/*"], exclude: ["hub/x", "swr-north/"] }]\n  copies: [{ from: a, to: b }]',
    );

    const issues = checkPolicies(setOf(text), ACCOUNTS);

    expect(issues.map(({ code, suggestion }) => [code, suggestion])).toEqual([
      ['account-in-path', 'x'],
      ['account-in-path', null],
    ]);
  });

  test('checkPolicies() counts a key in ensure and default once, and says that the default is dead', () => {
    const ten = Array.from({ length: 10 }, (_, index) => `k${index}: x`).join(', ');

    expect(complaintsOf(resourceYaml(`tags: { ensure: { ${ten} }, default: { k0: y } }`))).toEqual([
      '7:104 warning dead-rule',
    ]);
  });

  test('checkPolicies() complains about every operation an account lacks, at each rule', () => {
    const nothing: Capabilities = { ...imsLike, operations: new Set(), missing: {} };

    const complaints = complaintsOf(
      resourceYaml(
        'tags: { ensure: { a: x }, default: { b: x }, rename: [{ from: c, to: d }], ' +
          'normalize: [{ key: e, transforms: [trim] }], remove: ["f"], ' +
          'copyFrom: [{ image: x, keys: [g] }] }\n  exclusive: true',
      ),
      new Map([['ims-north', nothing]]),
    );

    expect(complaints.filter((text) => text.endsWith('error missing-capability'))).toHaveLength(8);
  });

  test('checkPolicies() gives reason and remedy of the provider', () => {
    const readOnly: Capabilities = {
      ...swrLike,
      operations: new Set(['copy']),
      missing: { delete: 'the user may not delete; grant "manage"' },
    };
    const text = imageYaml(
      'retain: [{ name: k, action: keep, pattern: x }, { name: d, action: delete, pattern: y }]',
    );

    const issues = checkPolicies(setOf(text), new Map([['swr-north', readOnly]]));

    expect(issues).toMatchObject([
      {
        column: 51,
        message: 'Account "swr-north" cannot delete tags: the user may not delete; grant "manage"',
        excerpt: '',
      },
    ]);
  });

  test('checkPolicies() says so when the provider gives no reason', () => {
    const bare: Capabilities = { ...swrLike, operations: new Set(), missing: {} };

    const [issue] = checkPolicies(
      setOf(imageYaml('copies: [{ from: a, to: b }]')),
      new Map([['swr-north', bare]]),
    );

    expect(issue?.message).toBe(
      'Account "swr-north" cannot copy tags: the provider has no such call',
    );
  });

  test('checkPolicies() refuses a resource policy on a registry', () => {
    const [issue] = checkPolicies(
      setOf(resourceYaml('targets: [{ account: swr-north, images: { name: "*" } }]')),
      ACCOUNTS,
    );

    expect(issue).toMatchObject({
      code: 'wrong-kind',
      message:
        'ResourceTagPolicy cannot be used on account "swr-north", which has tags of repositories',
      expected: 'an account with key-value tags of VM images',
    });
  });

  test('checkPolicies() checks names against the fitting accounts only, and each account once', () => {
    const text = resourceYaml(
      `targets: [{ account: ims-north, images: { ids: [a] } }, { account: ims-north, images: { ids: [b] } }, { account: hub, images: { ids: [c] } }]\n  tags: { ensure: { ${'k'.repeat(37)}: x } }`,
    );

    expect(complaintsOf(text).map((complaint) => complaint.split(' ')[2])).toEqual([
      'wrong-kind',
      'bad-name',
    ]);
  });

  test('checkPolicies() knows no account when none is configured', () => {
    const [issue] = checkPolicies(setOf(resourceYaml('')), new Map());

    expect(issue).toMatchObject({
      code: 'unknown-account',
      expected: 'an account of tagwarden.yaml',
      suggestion: null,
    });
  });

  test('checkPolicies() quotes the source line when it is given the files', () => {
    const text = resourceYaml('mode: observe\n  exclusive: true');

    const [issue] = checkPolicies(setOf(text), ACCOUNTS, [{ path: 'a.yaml', text }]);

    expect(issue?.excerpt).toBe('  8 |   exclusive: true\n    |   ^');
  });
});
