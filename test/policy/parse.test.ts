import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkPolicies } from '../../src/policy/check.ts';
import { PolicyErrors } from '../../src/policy/issue.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { ACCOUNTS } from './accounts.ts';
import { imageYaml, policyOf, resourceYaml } from './policies.ts';

const EXAMPLES = globSync('policies/*.yaml')
  .sort()
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

describe('parsePolicies()', () => {
  test('parsePolicies() fills in every default of a resource policy', () => {
    const policy = policyOf(resourceYaml(''));

    expect(policy).toMatchObject({
      kind: 'ResourceTagPolicy',
      name: 'labels',
      mode: 'sync',
      schedule: { type: 'interval', intervalMs: 1_800_000 },
      suspend: false,
      protect: [],
      limits: { maxChanges: null, maxDeletes: null, maxDeletePercent: null },
      targets: [{ account: 'ims-north', name: '*', visibility: null, ids: null, tags: null }],
      tags: {
        ensure: { owner: 'platform' },
        default: {},
        rename: [],
        normalize: [],
        remove: [],
        require: {},
      },
      exclusive: false,
      position: { file: 'a.yaml', line: 1, column: 1 },
    });
  });

  test('parsePolicies() reads every rule of a resource policy', () => {
    const policy = policyOf(
      resourceYaml(
        'tags:\n' +
          '    rename: [{ from: A, to: a }]\n' +
          '    normalize: [{ key: a, transforms: [trim] }, { key: b, map: { x: y } }]\n' +
          '    remove: ["tmp-*", { key: stage, value: test }]\n' +
          '    require: { a: {}, b: { oneOf: [x] }, c: { pattern: "[0-9]+" } }\n' +
          '  schedule: { cron: "0 3 * * 1-5", timeZone: Asia/Shanghai }\n' +
          '  limits: { maxChanges: 1, maxDeletes: 2, maxDeletePercent: 3 }',
      ),
    );

    expect(policy).toMatchObject({
      schedule: { type: 'cron', cron: '0 3 * * 1-5', timeZone: 'Asia/Shanghai' },
      limits: { maxChanges: 1, maxDeletes: 2, maxDeletePercent: 3 },
      tags: {
        ensure: {},
        rename: [{ from: 'A', to: 'a' }],
        normalize: [
          { key: 'a', transforms: ['trim'], map: {} },
          { key: 'b', transforms: [], map: { x: 'y' } },
        ],
        remove: [
          { by: 'glob', glob: 'tmp-*' },
          { by: 'pair', key: 'stage', value: 'test' },
        ],
        require: {
          a: { oneOf: null, pattern: null },
          b: { oneOf: ['x'], pattern: null },
          c: { oneOf: null, pattern: '[0-9]+' },
        },
      },
    });
  });

  test('parsePolicies() reads every way to choose a channel, and retain rules', () => {
    const policy = policyOf(
      imageYaml(
        'copies: [{ from: v1, to: v2, override: true }, { from: v1, to: v3 }]\n' +
          '  channels:\n' +
          '    - { tag: a, select: { semver: ">=1", prerelease: true }, minAge: 1h, backup: b }\n' +
          '    - { tag: c, select: { numerical: lowest }, filter: { pattern: "x-(?<n>[0-9]+)", extract: n } }\n' +
          '    - { tag: d, select: { alphabetical: highest }, filter: { pattern: "x-.*" } }\n' +
          '    - { tag: e, select: { newest: { by: created } }, allowDowngrade: true }\n' +
          '  retain:\n' +
          '    - { name: k, action: keep, pattern: "ci-.*", newest: 3, groupBy: "ci-(?<b>.+)" }\n' +
          '    - { name: o, action: delete, semver: "<1", olderThan: 30d }',
      ),
    );

    expect(policy).toMatchObject({
      copies: [
        { from: 'v1', to: 'v2', override: true },
        { from: 'v1', to: 'v3', override: false },
      ],
      channels: [
        {
          tag: 'a',
          filter: null,
          select: { by: 'semver', range: '>=1', prerelease: true },
          minAgeMs: 3_600_000,
          backup: 'b',
          allowDowngrade: false,
        },
        {
          select: { by: 'numerical', order: 'lowest' },
          filter: { pattern: 'x-(?<n>[0-9]+)', extract: 'n' },
          minAgeMs: 0,
          backup: null,
        },
        { select: { by: 'alphabetical', order: 'highest' }, filter: { extract: null } },
        { select: { by: 'newest', time: 'created' }, allowDowngrade: true },
      ],
      retain: [
        { name: 'k', action: 'keep', newest: 3, groupBy: 'ci-(?<b>.+)', olderThanMs: null },
        { name: 'o', action: 'delete', pattern: null, semver: '<1', olderThanMs: 2_592_000_000 },
      ],
    });
  });

  test('parsePolicies() keeps the position of every rule under the name operations use', () => {
    const resource = policyOf(
      resourceYaml(
        'tags: { ensure: { owner: x }, default: { "a.b": y }, rename: [{ from: A, to: a }] }\n' +
          '  exclusive: true\n  protect: ["p"]\n  limits: { maxDeletes: 1 }',
      ),
    );
    const image = policyOf(
      imageYaml(
        'copies: [{ from: v1, to: v2 }]\n' +
          '  channels: [{ tag: a, select: { semver: "*" } }]\n' +
          '  retain: [{ name: k, action: keep, pattern: ".*" }]',
      ),
    );

    expect(resource.positions).toMatchObject({
      mode: { file: 'a.yaml', line: 5, column: 3 },
      'targets[0]': { file: 'a.yaml', line: 6, column: 13 },
      'tags.ensure.owner': { file: 'a.yaml', line: 7, column: 21 },
      'tags.default.a.b': { file: 'a.yaml', line: 7, column: 44 },
      'tags.rename[0]': { file: 'a.yaml', line: 7, column: 65 },
      exclusive: { file: 'a.yaml', line: 8, column: 3 },
      'protect[0]': { file: 'a.yaml', line: 9, column: 13 },
      limits: { file: 'a.yaml', line: 10, column: 3 },
    });
    expect(Object.keys(image.positions)).toEqual(
      expect.arrayContaining(['copies[0]', 'channels[0]', 'retain[0]']),
    );
  });

  test('parsePolicies() keeps positions and values through an anchor', () => {
    const policy = policyOf(
      resourceYaml('tags:\n    ensure: &base { owner: x }\n    default: *base'),
    );

    expect(policy).toMatchObject({ tags: { ensure: { owner: 'x' }, default: { owner: 'x' } } });
    expect(policy.positions).toMatchObject({
      'tags.default': { line: 9, column: 5 },
      'tags.default.owner': { line: 8, column: 21 },
    });
  });

  test('parsePolicies() takes unquoted keys of any kind for text', () => {
    const policy = policyOf(resourceYaml('tags: { ensure: { 2024: a, true: b, null: c } }'));

    expect(policy).toMatchObject({ tags: { ensure: { '2024': 'a', true: 'b', null: 'c' } } });
  });

  test('parsePolicies() reads several documents, empty ones between them, CRLF and a BOM', () => {
    const text = `\uFEFF${resourceYaml('', 'one')}---\n# nothing\n---\n${imageYaml('copies: [{ from: a, to: b }]', 'two')}`;

    const { policies } = parsePolicies([{ path: 'a.yaml', text: text.replaceAll('\n', '\r\n') }]);

    expect(policies.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test('parsePolicies() gives one revision whatever the order of files, another for other bytes', () => {
    const one = { path: 'a.yaml', text: resourceYaml('', 'one') };
    const two = { path: 'b.yaml', text: resourceYaml('', 'two') };

    const { revision } = parsePolicies([one, two]);

    expect(revision).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(parsePolicies([two, one]).revision).toBe(revision);
    expect(parsePolicies([one, { ...two, text: `${two.text}\n` }]).revision).not.toBe(revision);
    expect(parsePolicies([one, { ...two, path: 'c.yaml' }]).revision).not.toBe(revision);
  });

  test('parsePolicies() reports every mistake of every file in one go', () => {
    const files = [
      { path: 'b.yaml', text: 'a: [' },
      { path: 'a.yaml', text: resourceYaml('mode: sinc\n  suspend: 1') },
      { path: 'c.yaml', text: resourceYaml('', 'fine') },
    ];

    let errors: unknown;
    try {
      parsePolicies(files);
    } catch (error) {
      errors = error;
    }

    expect(errors).toBeInstanceOf(PolicyErrors);
    expect(errors).toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringContaining('Cannot load policies: 3 problems found'),
      issues: [{ file: 'a.yaml' }, { file: 'a.yaml' }, { file: 'b.yaml', code: 'yaml-syntax' }],
    });
  });

  test('parsePolicies() names both places of a policy name that is taken in another file', () => {
    const text = resourceYaml('');

    expect(() =>
      parsePolicies([
        { path: 'a.yaml', text },
        { path: 'b.yaml', text },
      ]),
    ).toThrow(
      'b.yaml:3:13: error[duplicate-name] Policy name "labels" is taken, first at a.yaml:3:13',
    );
  });

  test.each([
    ['no file', [], 'in 0 files'],
    ['an empty file', [''], 'in the 1 file'],
    ['comments only', ['# later\n', '---\n---\n'], 'in 2 files'],
  ])('parsePolicies() never takes %s for "nothing to keep"', (_what, texts, found) => {
    const files = texts.map((text, index) => ({ path: `${index}.yaml`, text }));

    expect(() => parsePolicies(files, 'deploy/policies')).toThrow(
      `Folder "deploy/policies" holds no policy ${found}`,
    );
  });

  test.each(EXAMPLES.map(({ path, text }) => [path, text] as const))(
    '%s starts with the editor comment',
    (_path, text) => {
      expect(text).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/schemas\/policy\.schema\.json\n/,
      );
    },
  );

  test('parsePolicies() and checkPolicies() accept the example policies', () => {
    const set = parsePolicies(EXAMPLES);

    expect(set.policies.length).toBeGreaterThanOrEqual(5);
    expect(checkPolicies(set, ACCOUNTS)).toEqual([]);
  });
});
