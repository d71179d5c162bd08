import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkPolicies } from '../../src/policy/check.ts';
import { PolicyErrors } from '../../src/policy/issue.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { ACCOUNTS } from './accounts.ts';
import { bestOfThreeMs } from './clock.ts';
import { imageYaml, issuesOf, placesOf, policyOf, resourceYaml, setOf } from './policies.ts';

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
    ).toThrow('b.yaml:3:13: error[duplicate-name] Policy name "labels" is taken, first at a.yaml:3:13');
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
      expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/policy\.schema\.json\n/);
    },
  );

  test('parsePolicies() and checkPolicies() accept the example policies', () => {
    const set = parsePolicies(EXAMPLES);

    expect(set.policies.length).toBeGreaterThanOrEqual(5);
    expect(checkPolicies(set, ACCOUNTS)).toEqual([]);
  });
});

describe('parsePolicies() on bad input', () => {
  test.each([
    ['text', '1:1 wrong-type'],
    ['- a', '1:1 wrong-type'],
    ['{}', '1:1 missing-key'],
    ['kind: [a]', '1:7 wrong-type'],
    ['kind: PolicyTest', '1:7 not-yet'],
    ['kind: Whatever', '1:7 unknown-kind'],
    ['a: {b: [x, y}', '1:13 yaml-syntax'],
    ['a: &x 1\nb: &x 2\nkind: K', '2:7 duplicate-anchor'],
    ['a: &a [*a]', '1:9 yaml-bomb'],
    ['? [a]\n: b', '1:3 yaml-syntax'],
    ['a: !!binary aGk=', '1:4 yaml-tag'],
    ['%YAML 1.1\n---\na: {<<: {b: c}}\nkind: K', '3:5 merge-key'],
  ])('parsePolicies() places what is wrong with %j', (text, place) => {
    expect(placesOf(text)).toContain(place);
  });

  test.each([
    [resourceYaml('protect: x'), '8:12 wrong-type'],
    [resourceYaml('limits: { maxDeletes: 1.5 }'), '8:25 wrong-type'],
    [resourceYaml('limits: { maxDeletes: -1 }'), '8:25 wrong-value'],
    [resourceYaml('targets: []'), '6:12 wrong-value'],
    [resourceYaml('tags: { ensure: { owner: null } }'), '7:28 wrong-type'],
    [resourceYaml('tags: { ensure: }'), '7:11 wrong-type'],
    [resourceYaml('tags: { ensure: { " ": x } }'), '7:21 bad-key'],
    [resourceYaml('tags: { ensure: { o: [x] } }'), '7:24 wrong-type'],
    [resourceYaml('tags: { rename: [{ from: a, to: a }] }'), '7:20 contradiction'],
    [resourceYaml('tags: { normalize: [{ key: a }] }'), '7:23 no-rule'],
    [resourceYaml('tags: { remove: [1] }'), '7:20 wrong-type'],
    [resourceYaml('tags: { remove: ["{a"] }'), '7:21 bad-glob'],
    [resourceYaml('tags: { remove: [{ kye: a, value: b }] }'), '7:22 unknown-key'],
    [resourceYaml('protect: [" "]'), '8:13 wrong-value'],
    [imageYaml('copies: [{ from: a, to: a }]'), '7:3 contradiction'],
    [imageYaml('copies: [{ from: a, to: c }, { from: b, to: c }]'), '7:3 contradiction'],
    [imageYaml('channels: [{ tag: a, select: {} }]'), '7:24 no-rule'],
    [
      imageYaml('channels: [{ tag: a, select: { numerical: highest, prerelease: true } }]'),
      '7:24 contradiction',
    ],
    [
      imageYaml('channels: [{ tag: a, select: { numerical: highest }, filter: { pattern: a, extract: b } }]'),
      '7:14 unknown-group',
    ],
    [imageYaml('retain: [{ name: a, action: keep, pattern: b, groupBy: "(?<x>b)" }]'), '7:12 contradiction'],
    [imageYaml('retain: [{ name: a, action: keep, newest: 1, groupBy: "(b)" }]'), '7:12 unknown-group'],
    [
      imageYaml('retain: [{ name: a, action: keep, pattern: b }, { name: a, action: keep, pattern: c }]'),
      '4:1 duplicate-name',
    ],
    [imageYaml('copies: []'), '4:1 no-rule'],
  ])('parsePolicies() refuses %s', (text, place) => {
    expect(placesOf(text)).toContain(place);
  });

  test('parsePolicies() shows the start of a long value only', () => {
    const [issue] = issuesOf(resourceYaml(`mode: ${'x'.repeat(500)}`));

    expect(issue?.message).toBe(`spec.mode is "${'x'.repeat(59)}…`);
  });

  test('parsePolicies() points into a folded text at its start', () => {
    expect(placesOf(resourceYaml('tags: { ensure: { os: "\\x7b{ image" } }'))).toEqual([
      '7:21 bad-template',
    ]);
  });

  test('parsePolicies() lists at most 20 syntax errors of a document', () => {
    expect(issuesOf(`[${','.repeat(1_000)}]`)).toHaveLength(20);
  });

  test.each([
    ['a megabyte and more', `a: ${'x'.repeat(1_048_576)}`],
    ['half a million open lists', '['.repeat(500_000)],
    ['half a million open mappings', '{a: '.repeat(250_000)],
    ['deep indentation', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['aliases within aliases', readFileSync('test/fixtures/policies-bad/alias-bomb.yaml', 'utf8')],
    ['many aliases of a long list', `a: &a [${'x, '.repeat(5_000)}]\nb: [${'*a, '.repeat(5_000)}]`],
  ])('parsePolicies() refuses %s in 100 ms, with a position', (_what, text) => {
    const tookMs = bestOfThreeMs(() => issuesOf(text));
    const issues = issuesOf(text);

    expect(tookMs).toBeLessThan(100);
    expect(issues.map(({ code }) => code)).toEqual(['yaml-bomb']);
    expect(issues[0]?.line).toBeGreaterThan(0);
  });

  test('parsePolicies() keeps control characters of a file away from the terminal', () => {
    const [issue] = issuesOf(resourceYaml('mode: "x" # \u001B[31mred\u200B'));

    expect(issue?.excerpt).not.toMatch(/[\u001B\u200B]/);
  });

  test('setOf() of two good documents is accepted', () => {
    expect(setOf(resourceYaml('', 'one'), resourceYaml('', 'two')).policies).toHaveLength(2);
  });
});
