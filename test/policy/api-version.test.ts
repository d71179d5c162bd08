import { describe, expect, test } from 'vitest';
import { API_VERSION, refuseVersion } from '../../src/policy/api-version.ts';
import { imageYaml, issuesOf } from './policies.ts';

describe('refuseVersion()', () => {
  test.each([API_VERSION, 'apps/v1', 'v2', 2, null])(
    'leaves %j to the schema of the document',
    (apiVersion) => {
      expect(refuseVersion({ apiVersion })).toBeNull();
    },
  );

  test.each([null, 'text', [], {}])('finds no version in %j', (document) => {
    expect(refuseVersion(document)).toBeNull();
  });

  test('names both versions and the way on, and nothing else that is wrong by the older rules', () => {
    const text = imageYaml('newKey: 1').replace(API_VERSION, 'tagwarden/v2');

    expect(issuesOf(text)).toMatchObject([
      {
        code: 'wrong-value',
        message: 'apiVersion is "tagwarden/v2", and this release of tagwarden reads tagwarden/v1',
        expected:
          'tagwarden/v1: use a release that reads tagwarden/v2, or write the document in tagwarden/v1',
      },
    ]);
  });
});
