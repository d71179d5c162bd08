import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import type { ResourceTagPolicy } from '../../src/model/policy.ts';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { applyInMemory, aTag, labels, valuesOf } from '../support/tags.ts';

type Tags = Partial<ResourceTagPolicy['tags']>;

function reached(before: Record<string, string>, plan: Plan): Record<string, string | null> {
  return valuesOf(applyInMemory(labels(before), plan.operations));
}

describe('resourceWishes()', () => {
  test.each<[string, Tags, Record<string, string>, Record<string, string>]>([
    ['adds a missing ensured key', { ensure: { owner: 'platform' } }, {}, { owner: 'platform' }],
    ['overwrites an ensured key', { ensure: { owner: 'a' } }, { owner: 'b' }, { owner: 'a' }],
    ['fills a default when the key is absent', { default: { c: 'x' } }, {}, { c: 'x' }],
    ['leaves a key that has a value to itself', { default: { c: 'x' } }, { c: 'y' }, { c: 'y' }],
    [
      'renames a key with its value',
      { rename: [{ from: 'Owner', to: 'owner' }] },
      { Owner: 'me' },
      { owner: 'me' },
    ],
    [
      'drops the old key when the new one has the same value',
      { rename: [{ from: 'Owner', to: 'owner' }] },
      { Owner: 'me', owner: 'me' },
      { owner: 'me' },
    ],
    [
      'keeps both keys when the new one has another value',
      { rename: [{ from: 'Owner', to: 'owner' }] },
      { Owner: 'me', owner: 'you' },
      { Owner: 'me', owner: 'you' },
    ],
    [
      'drops the old key when the ensured new key has the same value',
      { rename: [{ from: 'Owner', to: 'owner' }], ensure: { owner: 'me' } },
      { Owner: 'me', owner: 'you' },
      { owner: 'me' },
    ],
    [
      'keeps the old key when the ensured new key has another value',
      { rename: [{ from: 'Owner', to: 'owner' }], ensure: { owner: 'us' } },
      { Owner: 'me' },
      { Owner: 'me', owner: 'us' },
    ],
    [
      'follows a chain of renames to its end',
      {
        rename: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'c' },
        ],
      },
      { a: '1' },
      { c: '1' },
    ],
    [
      'moves nothing when two keys bring different values to one',
      {
        rename: [
          { from: 'a', to: 'c' },
          { from: 'b', to: 'c' },
        ],
      },
      { a: '1', b: '2' },
      { a: '1', b: '2' },
    ],
    [
      'moves nothing in a circle of renames',
      {
        rename: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'a' },
        ],
      },
      { a: '1' },
      { a: '1' },
    ],
    [
      'prefers a renamed value to the default',
      { rename: [{ from: 'Cost', to: 'cost' }], default: { cost: 'none' } },
      { Cost: '42' },
      { cost: '42' },
    ],
    [
      'does not rename what a default asks for',
      { rename: [{ from: 'a', to: 'b' }], default: { a: 'x' } },
      { a: '1' },
      { a: '1' },
    ],
    [
      'does not rename what an ensure asks for',
      { rename: [{ from: 'a', to: 'b' }], ensure: { a: 'x' } },
      { a: '1' },
      { a: 'x' },
    ],
    [
      'normalizes by transforms, then by map',
      { normalize: [{ key: 's', transforms: ['trim', 'lower'], map: { production: 'prod' } }] },
      { s: ' Production ' },
      { s: 'prod' },
    ],
    [
      'normalizes to capitals',
      { normalize: [{ key: 's', transforms: ['upper'], map: {} }] },
      { s: 'prod' },
      { s: 'PROD' },
    ],
    [
      'normalizes a renamed value and a default on the way',
      {
        rename: [{ from: 'S', to: 's' }],
        default: { t: 'DEV' },
        normalize: ['s', 't'].map((key) => ({ key, transforms: ['lower'] as const, map: {} })),
      },
      { S: 'PROD' },
      { s: 'prod', t: 'dev' },
    ],
    [
      'leaves a value alone that its map would swap for ever',
      { normalize: [{ key: 's', transforms: [], map: { a: 'b', b: 'a' } }] },
      { s: 'a' },
      { s: 'a' },
    ],
    [
      'takes a renamed value as it is when its map never settles',
      {
        rename: [{ from: 'S', to: 's' }],
        default: { s: 'b' },
        normalize: [{ key: 's', transforms: [], map: { a: 'b', b: 'a' } }],
      },
      { S: 'a' },
      { s: 'a' },
    ],
    [
      'reads a default as it is when its map never settles',
      {
        default: { s: 'b' },
        normalize: [{ key: 's', transforms: [], map: { a: 'b', b: 'a' } }],
      },
      {},
      { s: 'b' },
    ],
    [
      'removes keys by glob',
      { remove: [{ by: 'glob', glob: 'tmp-*' }] },
      { 'tmp-1': 'x', a: 'b' },
      { a: 'b' },
    ],
    [
      'removes a pair only with its value',
      {
        remove: [
          { by: 'pair', key: 'a', value: 'x' },
          { by: 'pair', key: 'b', value: 'x' },
        ],
      },
      { a: 'x', b: 'y' },
      { b: 'y' },
    ],
    [
      'lets ensure, default, rename and normalize win over remove',
      {
        remove: [{ by: 'glob', glob: '*' }],
        ensure: { e: '1' },
        default: { d: '1' },
        rename: [{ from: 'r', to: 'n' }],
        normalize: [{ key: 'z', transforms: ['lower'], map: {} }],
      },
      { e: '0', d: '0', n: '0', z: 'Z', other: '0' },
      { e: '1', d: '0', n: '0', z: 'z' },
    ],
  ])('%s', (_name, tags, before, after) => {
    const policies = [aResourcePolicy(tags)];

    const plan = planImage(labels(before), policies);

    expect(reached(before, plan)).toEqual(after);
    expect(planImage(labels(after), policies).operations).toEqual([]);
  });

  test('states type, value, old value, rule and reason of an add', () => {
    const plan = planImage(labels({ owner: 'you' }), [
      aResourcePolicy({ ensure: { owner: 'me' } }),
    ]);

    expect(plan.operations).toEqual([
      {
        type: 'add',
        tag: 'owner',
        value: 'me',
        replaces: 'you',
        policy: 'policy-a',
        rule: 'tags.ensure.owner',
        mode: 'sync',
        because: 'ensure wants "me"',
      },
    ]);
  });

  test('writes the new key of a rename first and deletes the old one last', () => {
    const policy = aResourcePolicy({ rename: [{ from: 'a', to: 'z' }], ensure: { zz: '1' } });

    const { operations } = planImage(labels({ a: '1' }), [policy]);

    expect(operations.map(({ type, tag }) => `${type} ${tag}`)).toEqual([
      'add z',
      'add zz',
      'delete a',
    ]);
  });

  test('renders templates over the attributes of the image', () => {
    const policy = aResourcePolicy({ ensure: { os: '{{ image.osType | lower }}' } });

    const { operations } = planImage([], [policy], { attributes: { osType: 'Linux' } });

    expect(operations).toMatchObject([{ tag: 'os', value: 'linux' }]);
  });

  test.each<[string, Tags, string]>([
    ['ensure', { ensure: { os: '{{ image.osType }}' } }, 'tags.ensure.os'],
    ['default', { default: { os: '{{ image.osType }}' } }, 'tags.default.os'],
  ])('reports a missing attribute of %s and leaves the key alone', (_kind, tags, rule) => {
    const remove = [{ by: 'glob', glob: '*' }] as const;
    const listed = rule.includes('ensure') ? { os: 'x', y: '1' } : { y: '1' };

    const plan = planImage(labels(listed), [aResourcePolicy({ ...tags, remove })]);

    expect(plan.operations.map(({ tag }) => tag)).toEqual(['y']);
    expect(plan.findings).toMatchObject([{ severity: 'error', policy: 'policy-a', rule }]);
    expect(plan.findings[0]?.message).toContain('image.osType');
  });

  test('throws what is no template error', () => {
    const attributes = {
      get osType(): string {
        throw new TypeError('broken');
      },
    };
    const policy = aResourcePolicy({ ensure: { os: '{{ image.osType }}' } });

    expect(() => planImage([], [policy], { attributes })).toThrow(TypeError);
  });

  test('deletes keys no rule of any policy mentions when exclusive', () => {
    const exclusive = aResourcePolicy(
      {
        ensure: { e: '1' },
        default: { d: '1' },
        rename: [{ from: 'r', to: 'n' }],
        normalize: [{ key: 'z', transforms: [], map: {} }],
        remove: [{ by: 'pair', key: 'p', value: 'no' }],
        require: { q: { oneOf: null, pattern: null } },
      },
      { exclusive: true },
    );
    const other = aResourcePolicy(
      { ensure: { o: '1' } },
      {
        name: 'other',
        targets: [
          { account: 'ims-north', name: null, visibility: null, ids: null, tags: { sel: '1' } },
        ],
      },
    );
    const before = {
      e: '1',
      d: '1',
      n: '1',
      z: '1',
      p: 'yes',
      q: '1',
      o: '1',
      sel: '1',
      stray: '1',
    };

    const plan = planImage(labels(before), [exclusive, other]);

    expect(plan.operations).toMatchObject([{ type: 'delete', tag: 'stray', rule: 'exclusive' }]);
  });

  test('asks a policy that selects by tags again, now that they are listed', () => {
    const targets = [
      { account: 'ims-north', name: null, visibility: null, ids: null, tags: { stage: 'prod' } },
    ];
    const policy = aResourcePolicy({ ensure: { owner: 'me' } }, { targets });

    expect(planImage(labels({ stage: 'prod' }), [policy]).operations).toHaveLength(1);
    expect(planImage(labels({ stage: 'dev' }), [policy]).operations).toHaveLength(0);
  });

  test('reports what require misses in the planned end state', () => {
    const policy = aResourcePolicy({
      ensure: { stage: 'prod' },
      require: {
        owner: { oneOf: null, pattern: null },
        stage: { oneOf: ['prod', 'dev'], pattern: null },
        tier: { oneOf: ['a', 'b'], pattern: null },
        cost: { oneOf: null, pattern: '[0-9]{4}' },
        room: { oneOf: null, pattern: '[0-9]{4}' },
      },
    });

    const { findings } = planImage(labels({ stage: 'x', tier: 'c', cost: '12', room: '1234' }), [
      policy,
    ]);

    expect(findings.map(({ severity, rule, message }) => [severity, rule, message])).toEqual([
      ['warning', 'tags.require.cost', 'key "cost" is "12", a value matching [0-9]{4} was wanted'],
      ['warning', 'tags.require.owner', 'required key "owner" is missing'],
      ['warning', 'tags.require.tier', 'key "tier" is "c", one of a, b was wanted'],
    ]);
  });

  test.each<[string, Tags, Tags, Record<string, string>, RegExp]>([
    [
      'renames to different keys',
      { rename: [{ from: 'a', to: 'b' }] },
      { rename: [{ from: 'a', to: 'c' }] },
      { a: '1' },
      /tags\.rename\[0\] \(policies\/a\.yaml:1\) and policy "policy-b"/,
    ],
    [
      'normalizes to different values',
      { normalize: [{ key: 'a', transforms: ['lower'], map: {} }] },
      { normalize: [{ key: 'a', transforms: ['upper'], map: {} }] },
      { a: 'Ab' },
      /gives "ab", then "ab", policy "policy-b".* gives "AB", then "AB"/,
    ],
  ])('reports two policies of which each %s', (_name, left, right, before, message) => {
    const policies = [aResourcePolicy(left), aResourcePolicy(right, { name: 'policy-b' })];

    const plan = planImage(labels(before), policies);

    expect(plan.operations).toEqual([]);
    expect(plan.findings).toMatchObject([{ severity: 'error' }]);
    expect(plan.findings[0]?.message).toMatch(message);
  });

  test('renames once when two policies want the same rename', () => {
    const tags = { rename: [{ from: 'a', to: 'b' }] };
    const policies = [aResourcePolicy(tags), aResourcePolicy(tags, { name: 'policy-b' })];

    const plan = planImage(labels({ a: '1' }), policies);

    expect(plan.operations.map(({ type, tag, policy }) => [type, tag, policy])).toEqual([
      ['add', 'b', 'policy-a'],
      ['delete', 'a', 'policy-a'],
    ]);
    expect(plan.findings).toEqual([]);
  });

  test('does not rename a protected key, nor to one', () => {
    const policy = aResourcePolicy({
      rename: [
        { from: 'a', to: 'b' },
        { from: 'c', to: 'd' },
      ],
    });

    const plan = planImage(labels({ a: '1', c: '2' }), [policy], { protect: ['a', 'd'] });

    expect(plan.operations).toEqual([]);
    expect(plan.findings.map(({ message }) => message)).toEqual([
      'Cannot rename "a": the key is protected, so it cannot go',
      'Cannot add "d": it is protected',
      'Cannot delete "c" (renamed to "d"): "d" will not be "2"',
    ]);
  });

  test('reads a value that is not told as empty', () => {
    const policy = aResourcePolicy({ remove: [{ by: 'pair', key: 'a', value: '' }] });

    const plan = planImage([aTag('a', null), aTag('b', 'x')], [policy]);

    expect(plan.operations).toMatchObject([{ type: 'delete', tag: 'a', replaces: null }]);
  });
});
