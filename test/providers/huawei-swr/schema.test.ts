import { describe, expect, test } from 'vitest';
import { RepositoryRows, TagRows } from '../../../src/providers/huawei-swr/schema.ts';

const digest = 'sha256:57b605845a6367c34bfb6ea6477f16852f59aa1861a2b51d10ab77ae0a1dc9c3';

describe('TagRows', () => {
  test.each(['Tag', 'tag'])('TagRows reads the name spelled "%s"', (spelling) => {
    const created = '2018-07-06T06:18:55Z';

    const rows = TagRows.parse([{ [spelling]: 'latest', digest, created, updated: created }]);

    const at = new Date('2018-07-06T06:18:55Z');
    expect(rows).toEqual([{ name: 'latest', value: digest, createdAt: at, updatedAt: at }]);
  });

  test.each([
    ['2017-09-11T03:00:02.542841141Z', '2017-09-11T03:00:02.542Z'],
    ['2017-09-11T03:00:02', '2017-09-11T03:00:02.000Z'],
    ['2017-09-11T11:00:02+08:00', '2017-09-11T03:00:02.000Z'],
    ['0001-01-01T00:00:00Z', undefined],
    ['1970-01-01T00:00:00Z', undefined],
    ['2017-99-99T00:00:00Z', undefined],
    ['yesterday', undefined],
    ['', undefined],
    [null, undefined],
    [1_500_000_000, undefined],
  ])('TagRows reads time %j as %s', (created, expected) => {
    const [row] = TagRows.parse([{ Tag: 'a', digest, created }]);

    expect(row?.createdAt?.toISOString()).toBe(expected);
  });

  test.each([
    [{ digest }],
    [{ Tag: '', digest }],
    [{ Tag: 'a' }],
    [{ Tag: 'a', digest: '' }],
    [{ Tag: 'a', digest: digest.slice(0, -1) }],
    [{ Tag: 'a', digest: null }],
    ['a'],
  ])('TagRows refuses %j', (row) => {
    expect(TagRows.safeParse([row]).success).toBe(false);
  });

  test('TagRows refuses null in place of the rows', () => {
    expect(TagRows.safeParse(null).success).toBe(false);
  });
});

describe('RepositoryRows', () => {
  test('RepositoryRows needs only the names', () => {
    expect(RepositoryRows.parse([{ namespace: 'a', name: 'b' }])).toEqual([
      { namespace: 'a', name: 'b', updated_at: null, tags: null },
    ]);
  });
});
