import { describe, expect, test } from 'vitest';
import type { CopyFromRule, ResourceTagPolicy } from '../../src/model/policy.ts';
import { copySources } from '../../src/plan/copy-from.ts';
import { anImagePolicy, aResourcePolicy, planImage } from '../support/policies.ts';
import { labels } from '../support/tags.ts';

const rule = (overrides: Partial<CopyFromRule> = {}): CopyFromRule => ({
  image: 'base',
  keys: ['owner'],
  overwrite: false,
  ...overrides,
});

function plan(
  current: Record<string, string>,
  source: Record<string, string> | null,
  tags: Partial<ResourceTagPolicy['tags']>,
) {
  const images = new Map([['base', source === null ? null : labels(source)]]);
  return planImage(labels(current), [aResourcePolicy({ copyFrom: [rule()], ...tags })], { images });
}

function writes(...given: Parameters<typeof plan>): string[] {
  return plan(...given).operations.map((operation) =>
    operation.type === 'add' ? `${operation.tag}=${operation.value}` : `-${operation.tag}`,
  );
}

describe('copyFromWishes()', () => {
  test.each<[string, ...Parameters<typeof plan>, string[]]>([
    ['takes an absent key over', {}, { owner: 'ann' }, {}, ['owner=ann']],
    ['leaves a key that is there', { owner: 'bob' }, { owner: 'ann' }, {}, []],
    [
      'overwrites when told',
      { owner: 'bob' },
      { owner: 'ann' },
      { copyFrom: [rule({ overwrite: true })] },
      ['owner=ann'],
    ],
    ['says nothing about a key the other image lacks', {}, { stage: 'prod' }, {}, []],
    ['gives way to ensure', {}, { owner: 'ann' }, { ensure: { owner: 'eve' } }, ['owner=eve']],
    ['is asked before a default', {}, { owner: 'ann' }, { default: { owner: 'x' } }, ['owner=ann']],
    ['leaves the default to what it lacks', {}, {}, { default: { owner: 'x' } }, ['owner=x']],
    [
      'lets a rename fill the key',
      { Owner: 'bob' },
      { owner: 'ann' },
      { rename: [{ from: 'Owner', to: 'owner' }] },
      ['owner=bob', '-Owner'],
    ],
    [
      'decides the key of a rename when it overwrites, and keeps the old key with another value',
      { Owner: 'bob' },
      { owner: 'ann' },
      {
        rename: [{ from: 'Owner', to: 'owner' }],
        copyFrom: [rule({ overwrite: true })],
      },
      ['owner=ann'],
    ],
    [
      'normalizes what it takes over',
      {},
      { owner: 'ANN' },
      { normalize: [{ key: 'owner', transforms: ['lower'], map: {} }] },
      ['owner=ann'],
    ],
    [
      'keeps its key from being removed',
      { owner: 'bob' },
      { owner: 'ann' },
      { remove: [{ by: 'glob', glob: 'owner' }] },
      [],
    ],
    [
      'says nothing when the image is the empty text',
      {},
      null,
      { copyFrom: [rule({ image: '' })] },
      [],
    ],
  ])('%s', (_name, current, source, tags, expected) => {
    expect(writes(current, source, tags)).toEqual(expected);
  });

  test('names the image in the reason', () => {
    expect(plan({}, { owner: 'ann' }, {}).operations).toMatchObject([
      { rule: 'tags.copyFrom[0]', because: 'image "base" carries it' },
    ]);
  });

  test.each<[string, Partial<CopyFromRule>, string]>([
    ['an image that could not be read', {}, 'image "base": its tags could not be read'],
    ['an image nobody has read', { image: 'other' }, 'image "other": its tags could not be read'],
    [
      'an id that cannot be rendered',
      { image: '{{ image.parent }}' },
      '"image.parent" is not known',
    ],
  ])('reports %s, and writes and removes nothing of its keys', (_name, given, message) => {
    const { operations, findings } = plan({ owner: 'bob' }, null, {
      copyFrom: [rule(given)],
      default: { owner: 'x' },
      remove: [{ by: 'glob', glob: 'owner' }],
    });

    expect(operations).toEqual([]);
    expect(findings).toMatchObject([
      { severity: 'error', rule: 'tags.copyFrom[0]', message: expect.stringContaining(message) },
    ]);
  });

  test('does not bring back a key that a rename takes away', () => {
    const tags = {
      rename: [{ from: 'Owner', to: 'owner' }],
      copyFrom: [rule({ keys: ['Owner'] })],
    };

    const { operations, findings } = plan({ Owner: 'bob' }, { Owner: 'ann' }, tags);

    expect(operations).toEqual([]);
    expect(findings[0]?.message).toContain('tags.copyFrom[0]');
  });

  test('reports two images that want different values', () => {
    const images = new Map([
      ['base', labels({ owner: 'ann' })],
      ['other', labels({ owner: 'eve' })],
    ]);
    const policy = aResourcePolicy({ copyFrom: [rule(), rule({ image: 'other' })] });

    const { operations, findings } = planImage([], [policy], { images });

    expect(operations).toEqual([]);
    expect(findings).toMatchObject([{ severity: 'error' }]);
  });

  test('takes a value over as it is when normalize never settles', () => {
    const normalize = [{ key: 'owner', transforms: [], map: { ann: 'eve', eve: 'ann' } }];

    expect(writes({}, { owner: 'ann' }, { normalize })).toEqual(['owner=ann']);
  });

  test('leaves a rename alone when the ensure of its new key is exempt', () => {
    const until = new Date('2027-01-01');
    const exemptions = [{ target: '**', tags: ['owner'], until, reason: 'why' }];
    const ensured = aResourcePolicy({ ensure: { owner: 'eve' } }, { name: 'a', exemptions });
    const renamed = aResourcePolicy({ rename: [{ from: 'Owner', to: 'owner' }] }, { name: 'b' });

    const { operations } = planImage(labels({ Owner: 'bob' }), [ensured, renamed]);

    expect(operations).toMatchObject([
      { type: 'add', tag: 'owner', value: 'bob' },
      { type: 'delete', tag: 'Owner' },
    ]);
  });

  test('does not take a defect for a missing fact', () => {
    const policy = aResourcePolicy({ copyFrom: [rule({ image: '{{ image.base }}' })] });
    const broken = new Proxy<Record<string, string>>(
      {},
      {
        ownKeys: () => {
          throw new Error('a defect');
        },
      },
    );

    expect(() => copySources([policy], broken)).toThrow('a defect');
  });

  test('counts its keys as mentioned for exclusive', () => {
    const policy = aResourcePolicy({ copyFrom: [rule()] }, { exclusive: true });
    const images = new Map([['base', []]]);

    expect(planImage(labels({ owner: 'bob' }), [policy], { images }).operations).toEqual([]);
  });
});

describe('copySources()', () => {
  test('names each image once, sorted, without what cannot be rendered or is empty', () => {
    const images = ['{{ image.base }}', 'a', 'a', '{{ image.absent }}', '{{ image.absent ?? "" }}'];
    const policy = aResourcePolicy({ copyFrom: images.map((image) => rule({ image })) });

    expect(copySources([policy], { base: 'b' })).toEqual(['a', 'b']);
    expect(copySources([policy, anImagePolicy({})], null)).toEqual(['a']);
    expect(copySources([aResourcePolicy({})], { base: 'b' })).toEqual([]);
  });
});
