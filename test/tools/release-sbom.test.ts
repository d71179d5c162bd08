import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { releaseSbom } from '../../tools/release-sbom.ts';
import { type BundledPackage, sbomOf } from '../../tools/third-party.ts';

const ZOD: BundledPackage = { name: 'zod', version: '4.6.7', license: 'MIT', notices: [] };
const API: BundledPackage = {
  name: '@opentelemetry/api',
  version: '1.10.0',
  license: 'Apache-2.0',
  notices: [],
};
const LOCK = readFileSync('package-lock.json', 'utf8');
const Bom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.looseObject({
      name: z.string(),
      purl: z.string(),
      hashes: z.array(z.object({ alg: z.string(), content: z.string() })).optional(),
    }),
  ),
});

function made(bundled: readonly BundledPackage[]) {
  return Bom.parse(JSON.parse(releaseSbom(sbomOf(bundled, '0.1.0'), LOCK)));
}

describe('releaseSbom()', () => {
  test('releaseSbom() names what is in the bundle and every production dependency beside it, once', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));

    const purls = made([ZOD, API]).components.map(({ purl }) => purl);

    const wanted = Object.entries(dependencies).map(
      ([name, version]) => `pkg:npm/${name.replace('@', '%40')}@${version}`,
    );
    expect(wanted.length).toBeGreaterThan(3);
    expect(purls).toEqual(expect.arrayContaining([...wanted, 'pkg:npm/zod@4.6.7']));
    expect(new Set(purls).size).toBe(purls.length);
  });

  test('releaseSbom() leaves out what is of development alone', () => {
    const names = made([]).components.map(({ name }) => name);

    expect(names).not.toContain('vitest');
    expect(names).not.toContain('zod');
  });

  test('releaseSbom() has the hash of the lockfile, in hex', () => {
    const [pglite] = made([]).components.filter(({ name }) => name === '@electric-sql/pglite');

    expect(pglite?.hashes).toEqual([
      { alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) },
    ]);
  });
});
