import { describe, expect, test } from 'vitest';
import type { ImageSelector, RepositorySelector } from '../../src/model/policy.ts';
import { imageOverlap, repositoryOverlap } from '../../src/policy/selector-overlap.ts';

function images(selector: Partial<ImageSelector>): ImageSelector {
  return { account: 'ims-north', name: null, visibility: null, ids: null, tags: null, ...selector };
}

function repositories(selector: Partial<RepositorySelector>): RepositorySelector {
  return { account: 'swr-north', repositories: ['shop/*'], exclude: [], ...selector };
}

describe('imageOverlap()', () => {
  test.each<[Partial<ImageSelector>, Partial<ImageSelector>, string]>([
    [{}, {}, 'sure'],
    [{}, { account: 'other' }, 'none'],
    [{ name: '*' }, { visibility: 'public' }, 'sure'],
    [{ name: '**' }, { name: 'a' }, 'sure'],
    [{ name: 'golden-*' }, { name: 'golden-a' }, 'sure'],
    [{ name: 'golden-*' }, { name: '*-prod' }, 'possible'],
    [{ name: 'golden-*' }, { name: 'silver-*' }, 'none'],
    [{ name: 'golden-*' }, { visibility: 'public' }, 'possible'],
    [{ name: 'golden-*' }, { name: 'golden-a', visibility: 'public' }, 'sure'],
    [{ name: 'golden-*', visibility: 'public' }, { name: 'golden-a' }, 'possible'],
    [{ visibility: 'public' }, { visibility: 'public' }, 'sure'],
    [{ visibility: 'public' }, { visibility: 'private' }, 'none'],
    [{ ids: ['a', 'b'] }, { ids: ['b', 'c'] }, 'sure'],
    [{ ids: ['a'] }, { ids: ['b'] }, 'none'],
    [{ ids: ['a'] }, {}, 'sure'],
    [{ ids: ['a'] }, { name: 'x' }, 'possible'],
    [{ tags: { stage: 'prod' } }, { tags: { stage: 'dev' } }, 'none'],
    [{ tags: { stage: 'prod' } }, { tags: { stage: 'prod', os: 'linux' } }, 'sure'],
    [{ tags: { stage: 'prod' } }, { tags: { os: 'linux' } }, 'possible'],
    [{ tags: { stage: 'prod' } }, {}, 'sure'],
  ])('imageOverlap() of %j and %j is %s', (left, right, overlap) => {
    expect(imageOverlap(images(left), images(right))).toBe(overlap);
    expect(imageOverlap(images(right), images(left))).toBe(overlap);
  });
});

describe('repositoryOverlap()', () => {
  test.each<[Partial<RepositorySelector>, Partial<RepositorySelector>, string]>([
    [{}, {}, 'sure'],
    [{}, { account: 'other' }, 'none'],
    [{}, { repositories: ['tools/*'] }, 'none'],
    [{}, { repositories: ['shop/web'] }, 'sure'],
    [{}, { repositories: ['**/web'] }, 'possible'],
    [{}, { repositories: ['tools/*', '*/web'] }, 'possible'],
    [{}, { repositories: ['tools/*', 'shop/web'] }, 'sure'],
    [{ exclude: ['shop/web'] }, { repositories: ['shop/web'] }, 'none'],
    [{ exclude: ['shop/sandbox-*'] }, { repositories: ['shop/web'] }, 'sure'],
    [{ exclude: ['shop/w*'] }, { repositories: ['shop/*'], exclude: ['shop/w*'] }, 'sure'],
    [
      { exclude: ['shop/a*'] },
      { repositories: ['shop/a*', 'shop/b*'], exclude: ['shop/b*'] },
      'none',
    ],
    [{ exclude: ['*/x'] }, { repositories: ['shop/*'], exclude: ['*/y'] }, 'possible'],
  ])('repositoryOverlap() of %j and %j is %s', (left, right, overlap) => {
    expect(repositoryOverlap(repositories(left), repositories(right))).toBe(overlap);
    expect(repositoryOverlap(repositories(right), repositories(left))).toBe(overlap);
  });
});
