import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import { z } from 'zod';

/** A package of which the bundle contains at least one module. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package states it. */
  readonly license: string;
  /** Texts of its license and notice files. */
  readonly notices: readonly string[];
}

/** Names of what a build writes beside its code. */
export const NOTICES_FILE = 'THIRD-PARTY-NOTICES.txt';
export const SBOM_FILE = 'sbom.cdx.json';

const NODE_MODULES = '/node_modules/';
const NOTICE = /^(?:licen[cs]e|copying|notice)(?:[-.]|$)/i;
const RULE = '='.repeat(80);

/** Without a license the build ends: nobody may ship such a package. */
const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string().min(1) });

/** Folder of the package a module belongs to; null: the module is ours, or the bundler's own. */
export function packageFolder(moduleId: string): string | null {
  const id = moduleId.replace(/^\0/, '').replaceAll('\\', '/');
  const at = id.lastIndexOf(NODE_MODULES);
  if (at < 0) return null;
  const start = at + NODE_MODULES.length;
  const [first = '', second = ''] = id.slice(start).split('/');
  return id.slice(0, start) + (first.startsWith('@') ? `${first}/${second}` : first);
}

/** The packages these modules belong to, in the order of their names. */
export function packagesOf(moduleIds: readonly string[]): readonly BundledPackage[] {
  const folders = new Set(moduleIds.flatMap((id) => packageFolder(id) ?? []));
  const packages = new Map<string, BundledPackage>();
  for (const folder of folders) {
    const found = readPackage(folder);
    packages.set(`${found.name} ${found.version}`, found);
  }
  return [...packages].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

function readPackage(folder: string): BundledPackage {
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  const manifest = Manifest.safeParse(JSON.parse(text));
  if (!manifest.success) {
    throw new Error(`Cannot bundle "${folder}": its package.json lacks name, version or license`);
  }
  const files = readdirSync(folder, { withFileTypes: true });
  const notices = files
    .filter((file) => file.isFile() && NOTICE.test(file.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').trim())
    .toSorted();
  return { ...manifest.data, notices };
}

/** Names, licenses and license texts, as those licenses ask of whoever ships the code. */
export function noticesOf(packages: readonly BundledPackage[]): string {
  const list = packages.map(({ name, version, license }) => `${name}@${version}  ${license}`);
  const texts = packages.map(({ name, version, license, notices }) => {
    const none = `The package has no license file. Its package.json states: ${license}`;
    return [RULE, `${name}@${version}`, RULE, ...(notices.length > 0 ? notices : [none])].join(
      '\n',
    );
  });
  const head = `The JavaScript files in this folder contain code of ${packages.length} packages:`;
  return `${[head, list.join('\n'), ...texts].join('\n\n')}\n`;
}

/** The same packages for scanners: CycloneDX, without anything that differs from build to build. */
export function sbomOf(packages: readonly BundledPackage[], version: string): string {
  const components = packages.map((one) => ({
    type: 'library',
    'bom-ref': purlOf(one),
    name: one.name,
    version: one.version,
    licenses: [{ expression: one.license }],
    purl: purlOf(one),
  }));
  const product = { type: 'application', 'bom-ref': 'tagwarden', name: 'tagwarden', version };
  const head = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 };
  return `${JSON.stringify({ ...head, metadata: { component: product }, components }, null, 2)}\n`;
}

function purlOf({ name, version }: BundledPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** Writes notices and SBOM of exactly the modules that went into the bundle. */
export function thirdParty(version: string): Plugin {
  return {
    name: 'third-party',
    generateBundle(_options, bundle) {
      const outputs = Object.values(bundle);
      const ids = outputs.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
      const packages = packagesOf(ids);
      this.emitFile({ type: 'asset', fileName: NOTICES_FILE, source: noticesOf(packages) });
      this.emitFile({ type: 'asset', fileName: SBOM_FILE, source: sbomOf(packages, version) });
    },
  };
}
