import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import type { ResourceTagPolicy } from '../../src/model/policy.ts';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { applyInMemory, labels, valuesOf } from '../support/tags.ts';

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

  test('keeps both keys of a rename when normalize never settles on the new one', () => {
    const policy = aResourcePolicy({
      rename: [{ from: 'Owner', to: 'owner' }],
      normalize: [{ key: 'owner', transforms: [], map: { ann: 'eve', eve: 'ann' } }],
    });

    expect(planImage(labels({ Owner: 'bob', owner: 'ann' }), [policy]).operations).toEqual([]);
  });
});
