import { describe, expect, test } from 'vitest';
import type { ResourceTagPolicy } from '../../src/model/policy.ts';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { aTag, labels } from '../support/tags.ts';

type Tags = Partial<ResourceTagPolicy['tags']>;

describe('resourceWishes()', () => {
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

  test('fills the templates of one policy anew for each image', () => {
    const policy = aResourcePolicy({
      ensure: { os: '{{ image.osType | lower }}' },
      default: { base: '{{ image.osType }}' },
    });
    const images = ['Linux', 'Windows', 'Linux'];

    const values = images.map((osType) =>
      planImage([], [policy], { attributes: { osType } }).operations.map((operation) =>
        operation.type === 'add' ? operation.value : null,
      ),
    );

    expect(values).toEqual([
      ['Linux', 'linux'],
      ['Windows', 'windows'],
      ['Linux', 'linux'],
    ]);
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
