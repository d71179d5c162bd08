import { describe, expect, test } from 'vitest';
import { commitOf, shortRevision } from '../../src/model/revision.ts';

const COMMIT = '3f2a9c1b04de8877665544332211009988776655';

describe('a revision', () => {
  test('commitOf() tells ref and commit of one from git, and nothing of a folder', () => {
    expect(commitOf(`feature@sha1:x@sha1:${COMMIT}`)).toEqual({
      ref: 'feature@sha1:x',
      commit: COMMIT,
    });
    expect(commitOf(`sha256:${COMMIT}`)).toBeNull();
  });

  test.each([
    [`main@sha1:${COMMIT}`, 'main@3f2a9c1b04de'],
    [`sha256:${COMMIT}`, 'sha256:3f2a9c1b04de'],
  ])('shortRevision() shows %s as %s', (revision, shown) => {
    expect(shortRevision(revision)).toBe(shown);
  });
});
