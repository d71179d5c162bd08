import { describe, expect, test } from 'vitest';
import { revisionOf } from '../../src/sources/revision.ts';

const TEXT = 'kind: ResourceTagPolicy\n';

describe('revisionOf()', () => {
  test.each([
    { folder: 'policies', path: 'policies/a.yaml' },
    { folder: './policies/', path: 'policies/a.yaml' },
    { folder: '/srv/mounted', path: '/srv/mounted/a.yaml' },
  ])('revisionOf() does not depend on where the folder lies: $folder', ({ folder, path }) => {
    expect(revisionOf([{ path, text: TEXT }], folder)).toBe(
      revisionOf([{ path: 'x/a.yaml', text: TEXT }], 'x'),
    );
  });

  test('revisionOf() does not depend on the order of the files', () => {
    const files = ['b', 'a', 'sub/a'].map((name) => ({ path: `p/${name}.yaml`, text: name }));

    expect(revisionOf(files, 'p')).toBe(revisionOf(files.toReversed(), 'p'));
    expect(revisionOf(files, 'p')).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test.each([
    { change: 'a text', files: [{ path: 'p/a.yaml', text: `${TEXT}#` }] },
    { change: 'a name', files: [{ path: 'p/b.yaml', text: TEXT }] },
    { change: 'a folder', files: [{ path: 'p/q/a.yaml', text: TEXT }] },
    { change: 'the border of name and text', files: [{ path: 'p/a.yamlk', text: TEXT.slice(1) }] },
    {
      change: 'one more file',
      files: [
        { path: 'p/a.yaml', text: TEXT },
        { path: 'p/b.yaml', text: '' },
      ],
    },
  ])('revisionOf() changes with $change', ({ files }) => {
    expect(revisionOf(files, 'p')).not.toBe(revisionOf([{ path: 'p/a.yaml', text: TEXT }], 'p'));
  });
});
