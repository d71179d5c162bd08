import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BundledPackage,
  noticesOf,
  packageFolder,
  packagesOf,
  sbomOf,
} from '../../tools/third-party.ts';

const LEFT: BundledPackage = { name: 'left', version: '1.0.0', license: 'MIT', notices: ['(c) L'] };
const SCOPED: BundledPackage = { name: '@a/b', version: '2.1.0', license: 'ISC', notices: [] };

describe('packageFolder()', () => {
  test.each([
    ['/w/node_modules/left/dist/a.js', '/w/node_modules/left'],
    ['/w/node_modules/@a/b/c.js', '/w/node_modules/@a/b'],
    ['/w/node_modules/left/node_modules/@a/b/c.js', '/w/node_modules/left/node_modules/@a/b'],
    ['\0/w/node_modules/left/a.js?commonjs', '/w/node_modules/left'],
    ['C:\\w\\node_modules\\left\\a.js', 'C:/w/node_modules/left'],
    ['/w/src/main.ts', null],
    ['\0rolldown/runtime.js', null],
  ])('packageFolder(%j) is %j', (id, folder) => {
    expect(packageFolder(id)).toBe(folder);
  });
});

describe('packagesOf()', () => {
  let root = '';
  const at = (path: string) => join(root, 'node_modules', path);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tagwarden-third-party-'));
    put('right/package.json', '{"name":"right","version":"1.0.0","license":"MIT"}');
    put('right/LICENSE.md', 'license of right\n');
    put('right/NOTICE', 'notice of right\n');
    put('right/licenses.js', 'code');
    put(
      'left/node_modules/right/package.json',
      '{"name":"right","version":"2.0.0","license":"ISC"}',
    );
    put('left/package.json', '{"name":"left","version":"3.0.0","license":"MIT"}');
    put('bare/package.json', '{"name":"bare","version":"1.0.0"}');
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('packagesOf() names each package once, and each version of it', () => {
    const ids = ['left/a.js', 'right/a.js', 'right/b.js', 'left/node_modules/right/a.js'].map(at);

    const found = packagesOf([...ids, '/elsewhere/src/main.ts']);

    expect(found).toEqual([
      { name: 'left', version: '3.0.0', license: 'MIT', notices: [] },
      {
        name: 'right',
        version: '1.0.0',
        license: 'MIT',
        notices: ['license of right', 'notice of right'],
      },
      { name: 'right', version: '2.0.0', license: 'ISC', notices: [] },
    ]);
  });

  test('packagesOf() refuses a package without a license', () => {
    expect(() => packagesOf([at('bare/a.js')])).toThrow(/bare.*lacks name, version or license/);
  });
});

test('noticesOf() lists all packages first, then the text of each license', () => {
  const text = noticesOf([SCOPED, LEFT]);

  expect(text).toContain('code of 2 packages:\n\n@a/b@2.1.0  ISC\nleft@1.0.0  MIT\n\n===');
  expect(text).toMatch(/left@1\.0\.0\n=+\n\(c\) L\n$/);
  expect(text).toMatch(/@a\/b@2\.1\.0\n=+\nThe package has no license file\..*: ISC\n/);
});

test('sbomOf() names packages by purl, and is the same each time', () => {
  const text = sbomOf([SCOPED, LEFT], '9.9.9');
  const bill: unknown = JSON.parse(text);

  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { name: 'tagwarden', version: '9.9.9' } },
    components: [
      { name: '@a/b', purl: 'pkg:npm/%40a/b@2.1.0', licenses: [{ expression: 'ISC' }] },
      { name: 'left', purl: 'pkg:npm/left@1.0.0', licenses: [{ expression: 'MIT' }] },
    ],
  });
  expect(sbomOf([SCOPED, LEFT], '9.9.9')).toBe(text);
});
