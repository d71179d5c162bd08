import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPolicyDirectory, shownPath } from '../../src/sources/directory.ts';

/** A real folder with the given files, removed with the test. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tagwarden-dir-'));
  onTestFinished(async () => await rm(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

/** Points `..data` at a version the way kubelet does: a new link is renamed over the old one. */
async function pointData(root: string, version: string): Promise<void> {
  await symlink(version, join(root, '..data_tmp'));
  await rename(join(root, '..data_tmp'), join(root, '..data'));
}

describe('readPolicyDirectory()', () => {
  test('readPolicyDirectory() reads all *.yaml and *.yml below, sorted by path, shown as asked', async () => {
    const root = await folderWith({
      'z.yml': 'z',
      'a.yaml': 'a',
      'team/b.yaml': 'b',
      'README.md': 'no',
      'a.yaml.bak': 'no',
      '.hidden.yaml': 'no',
      '.git/c.yaml': 'no',
    });

    const files = await readPolicyDirectory(root, 'policies');

    expect(files).toEqual([
      { path: 'policies/a.yaml', text: 'a' },
      { path: 'policies/team/b.yaml', text: 'b' },
      { path: 'policies/z.yml', text: 'z' },
    ]);
  });

  test('readPolicyDirectory() reads a mounted ConfigMap once per file, and the new one after a swap', async () => {
    const root = await folderWith({
      '..2026_01/p.yaml': 'old',
      '..2026_01/team/q.yaml': 'old',
      '..2026_02/p.yaml': 'new',
      '..2026_02/team/q.yaml': 'new',
    });
    await pointData(root, '..2026_01');
    await symlink('..data/p.yaml', join(root, 'p.yaml'));
    await symlink('..data/team', join(root, 'team'));

    const before = await readPolicyDirectory(root, 'p');
    await pointData(root, '..2026_02');
    await rm(join(root, '..2026_01'), { recursive: true });
    const after = await readPolicyDirectory(root, 'p');

    expect(before).toEqual([
      { path: 'p/p.yaml', text: 'old' },
      { path: 'p/team/q.yaml', text: 'old' },
    ]);
    expect(after.map(({ text }) => text)).toEqual(['new', 'new']);
  });

  test('readPolicyDirectory() never mixes two versions while the folder is swapped under it', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `p${index}.yaml`);
    const root = await folderWith(Object.fromEntries(names.map((name) => [`..v0/${name}`, 'v0'])));
    await pointData(root, '..v0');
    for (const name of names) await symlink(`..data/${name}`, join(root, name));
    const swapping = { on: true, version: 0 };
    const swapper = (async () => {
      while (swapping.on) {
        swapping.version += 1;
        const version = `v${swapping.version}`;
        await mkdir(join(root, `..${version}`));
        for (const name of names) await writeFile(join(root, `..${version}`, name), version);
        await pointData(root, `..${version}`);
      }
    })();

    const seen: string[] = [];
    for (let round = 0; round < 15; round += 1) {
      const read = await readPolicyDirectory(root, 'p').catch((error: unknown) => String(error));
      if (typeof read === 'string') seen.push(read);
      else seen.push([...new Set(read.map(({ text }) => text))].join('+'));
    }
    swapping.on = false;
    await swapper;

    expect(swapping.version).toBeGreaterThan(5);
    for (const one of seen) expect(one).toMatch(/^v\d+$|it changed each time it was read/);
  });

  test('readPolicyDirectory() takes a root that is itself a link, as git-sync makes one', async () => {
    const root = await folderWith({ 'rev-1/p.yaml': 'one' });
    await symlink('rev-1', join(root, 'current'));

    expect(await readPolicyDirectory(join(root, 'current'), 'p')).toEqual([
      { path: 'p/p.yaml', text: 'one' },
    ]);
  });

  test('readPolicyDirectory() strips a byte order mark and passes over links that are no policies', async () => {
    const root = await folderWith({ 'p.yaml': '\uFEFFone' });
    await symlink('/nowhere/at/all', join(root, 'notes.md'));
    await symlink(tmpdir(), join(root, '.cache'));

    expect(await readPolicyDirectory(root, 'p')).toEqual([{ path: 'p/p.yaml', text: 'one' }]);
  });

  test('readPolicyDirectory() refuses a missing folder, naming it as the user did', async () => {
    await expect(readPolicyDirectory('/nowhere/policies', './policies')).rejects.toMatchObject({
      code: 'POLICY_UNREACHABLE',
      message: expect.stringMatching(/^Cannot load policies from "\.\/policies": .*not exist/),
    });
  });

  test('readPolicyDirectory() refuses a file in place of a folder', async () => {
    const root = await folderWith({ 'p.yaml': 'x' });

    await expect(readPolicyDirectory(join(root, 'p.yaml'), 'p.yaml')).rejects.toThrow(
      'Cannot load policies from "p.yaml": it is a file, wanted a folder with *.yaml files',
    );
  });

  test.each([{ files: {} }, { files: { 'README.md': 'x', '.p.yaml': 'x' } }])(
    'readPolicyDirectory() takes a folder without policies for a mistake',
    async ({ files }) => {
      const root = await folderWith(files);

      await expect(readPolicyDirectory(root, 'p')).rejects.toMatchObject({
        code: 'POLICY_INVALID',
        message: expect.stringContaining('an empty folder never means "nothing to keep"'),
      });
    },
  );

  test.each([
    { what: 'a link that leads nowhere', to: 'gone.yaml', as: 'p.yaml', says: 'leads nowhere' },
    { what: 'a file outside', to: '/etc/hostname', as: 'p.yaml', says: 'leads out of the folder' },
    { what: 'a folder outside', to: '/etc', as: 'team', says: 'leads out of the folder' },
    { what: 'a folder around it', to: '.', as: 'team', says: 'leads in a circle' },
    { what: 'a device', to: '/dev/null', as: 'p.yaml', says: 'leads out of the folder' },
  ])('readPolicyDirectory() refuses $what instead of reading fewer policies', async (row) => {
    const root = await folderWith({ 'good.yaml': 'x' });
    await symlink(row.to, join(root, row.as));

    await expect(readPolicyDirectory(root, 'p')).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringMatching(
        new RegExp(`^Cannot read policy file "p/${row.as}": .*${row.says}`),
      ),
    });
  });

  test('readPolicyDirectory() refuses text that is not UTF-8', async () => {
    const root = await folderWith({ 'p.yaml': Buffer.from('name: x', 'utf16le'), 'q.yaml': 'x' });
    await writeFile(join(root, 'p.yaml'), Uint8Array.of(0xff, 0xfe, 0x61, 0x00));

    await expect(readPolicyDirectory(root, 'p')).rejects.toThrow(
      'Cannot read policy file "p/p.yaml": the file is not UTF-8 text',
    );
  });
});

describe('shownPath()', () => {
  test.each([
    [join(process.cwd(), 'policies'), 'policies'],
    ['./policies/', 'policies'],
    [process.cwd(), '.'],
    ['/etc/tagwarden/policies', '/etc/tagwarden/policies'],
  ])('shownPath() shows "%s" as "%s"', (path, shown) => {
    expect(shownPath(path)).toBe(shown);
  });
});
