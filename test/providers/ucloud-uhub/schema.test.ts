import { describe, expect, test } from 'vitest';
import { ImagePage, RepoPage, TagPage } from '../../../src/providers/ucloud-uhub/schema.ts';

const digest = 'sha256:57b605845a6367c34bfb6ea6477f16852f59aa1861a2b51d10ab77ae0a1dc9c3';

describe('TagPage', () => {
  test('TagPage reads the example of the API page', () => {
    const page = TagPage.parse({
      Action: 'GetImageTagResponse',
      RetCode: 0,
      TagSet: [
        { TagName: 'WAIUkrwN', UpdateTime: 'JuCcdSiy' },
        { TagName: 'cMPKnfJc', UpdateTime: 'uCNRUKaI' },
      ],
      TotalCount: 3,
    });

    const unknown = { value: null, createdAt: null, updatedAt: null };
    expect(page).toEqual({
      total: 3,
      rows: [
        { name: 'WAIUkrwN', ...unknown },
        { name: 'cMPKnfJc', ...unknown },
      ],
    });
  });

  test.each([
    ['2024-05-01T10:00:00Z', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T18:00:00+08:00', '2024-05-01T10:00:00.000Z'],
    ['1714557600', '2024-05-01T10:00:00.000Z'],
    [1_714_557_600, '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T10:00:00', undefined],
    ['2024-05-01 18:00:00', undefined],
    ['05/01/2024', undefined],
    ['2024-99-01T10:00:00Z', undefined],
    ['1714557600000', undefined],
    ['0001-01-01T00:00:00Z', undefined],
    ['1970-01-01T00:00:00Z', undefined],
    ['1970-01-01T08:00:00+08:00', undefined],
    ['0000000000', undefined],
    [undefined, undefined],
  ])('TagPage reads time %j as %s, never by guessing a zone', (UpdateTime, expected) => {
    const { rows } = TagPage.parse({ TotalCount: 1, TagSet: [{ TagName: 'a', UpdateTime }] });

    expect(rows[0]?.updatedAt?.toISOString()).toBe(expected);
  });

  test.each([
    [digest, digest],
    ['', null],
    ['latest', null],
    [undefined, null],
  ])('TagPage reads digest %j as %s', (Digest, expected) => {
    const { rows } = TagPage.parse({ TotalCount: '1', TagSet: [{ TagName: 'a', Digest }] });

    expect(rows[0]?.value).toBe(expected);
  });

  test.each([
    { TagSet: [] },
    { TotalCount: 0 },
    { TotalCount: 0, TagSet: null },
    { TotalCount: -1, TagSet: [] },
    { TotalCount: 1, TagSet: [{ TagName: '' }] },
    { TotalCount: 1, TagSet: ['v1'] },
  ])('TagPage refuses %j', (body) => {
    expect(TagPage.safeParse(body).success).toBe(false);
  });
});

describe('RepoPage', () => {
  test.each([
    ['true', true],
    ['false', false],
    [true, true],
    [undefined, false],
  ])('RepoPage reads IsShared %j as %s', (IsShared, expected) => {
    const { rows } = RepoPage.parse({ TotalCount: 1, RepoSet: [{ RepoName: 'team', IsShared }] });

    expect(rows).toEqual([{ name: 'team', isShared: expected }]);
  });
});

describe('ImagePage', () => {
  test('ImagePage reads integer times and does not need the repository', () => {
    const page = ImagePage.parse({
      TotalCount: 1,
      ImageSet: [{ ImageName: 'web', UpdateTime: 1_714_557_600 }],
    });

    expect(page.rows).toEqual([{ name: 'web', updatedAt: new Date('2024-05-01T10:00:00Z') }]);
  });
});
