import { describe, expect, test } from 'vitest';
import { linksOf, policyFilesOf, type TreeEntry } from '../../src/sources/git-tree.ts';

const OBJECT = 'a'.repeat(40);

function anEntry(overrides: Partial<TreeEntry> & Pick<TreeEntry, 'path'>): TreeEntry {
  return { mode: '100644', object: OBJECT, sizeBytes: 10, ...overrides };
}

describe('linksOf()', () => {
  test('linksOf() refuses a link that is too long to be a path, before its text is read', () => {
    const links = [4_096, 4_097].map((sizeBytes) =>
      anEntry({ path: 'a', mode: '120000', sizeBytes }),
    );

    expect(linksOf(links.slice(0, 1), 'x')).toHaveLength(1);
    expect(() => linksOf(links, 'x')).toThrow(
      '"x/a": the link has 4097 bytes, wanted at most 4096',
    );
  });
});

describe('policyFilesOf()', () => {
  test('policyFilesOf() refuses links by the thousand to folders in a large tree within a second', () => {
    const files = Array.from({ length: 60_000 }, (_, at) => anEntry({ path: `d${at}/x.txt` }));
    const links = Array.from({ length: 30_000 }, (_, at) =>
      anEntry({ path: `l${at}`, mode: '120000' }),
    );
    const targets = new Map([[OBJECT, 'd1']]);
    const startedAt = performance.now();

    const find = () => policyFilesOf([...files, ...links], targets, 'x');

    expect(find).toThrow('too many links to folders');
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
