import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SBOM_FILE } from './third-party.ts';

const Component = z.looseObject({ name: z.string(), version: z.string(), purl: z.string() });
const Bom = z.looseObject({ components: z.array(Component) });
const Lock = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

const NODE_MODULES = 'node_modules/';
const ALGORITHMS: Readonly<Record<string, string>> = { sha512: 'SHA-512', sha1: 'SHA-1' };

/**
 * The bill of materials of the package: what the bundle contains, and what npm installs beside it by the lockfile.
 * `npm sbom --omit=dev` knows nothing of the bundle, and leaves out a package that a package of development has as a peer.
 */
export function releaseSbom(bundled: string, lockfile: string): string {
  const bom = Bom.parse(JSON.parse(bundled));
  const { packages } = Lock.parse(JSON.parse(lockfile));
  const beside = Object.entries(packages)
    .filter(([path, one]) => path !== '' && one.dev !== true && one.devOptional !== true)
    .map(([path, { version = '', license, integrity }]) => {
      const name = path.slice(path.lastIndexOf(NODE_MODULES) + NODE_MODULES.length);
      const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
      return {
        type: 'library',
        'bom-ref': purl,
        name,
        version,
        ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
        ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
        purl,
      };
    });
  // A package may be both in the bundle and beside it.
  const all = new Map([...bom.components, ...beside].map((one) => [one.purl, one]));
  const components = [...all.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
  return `${JSON.stringify({ ...bom, components }, null, 2)}\n`;
}

function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const at = integrity.indexOf('-');
  return {
    alg: ALGORITHMS[integrity.slice(0, at)] ?? integrity.slice(0, at),
    content: Buffer.from(integrity.slice(at + 1), 'base64').toString('hex'),
  };
}

/** `node tools/release-sbom.ts`, after a build: prints it. */
if (import.meta.main) {
  const read = (path: string): string => readFileSync(path, 'utf8');
  process.stdout.write(releaseSbom(read(`dist/bundle/${SBOM_FILE}`), read('package-lock.json')));
}
