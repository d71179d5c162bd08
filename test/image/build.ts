import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Engine, IMAGE, step } from './engine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** The kernel may let nobody mount for a build; it then runs in a chroot. */
const HOW = ['--isolation', 'chroot', '--network', 'host', '--pull-never', '--format', 'docker'];

/** Revision the image under test is given. */
export const REVISION = '0123456789abcdef0123456789abcdef01234567';

/** The base image the Dockerfile asks for. */
export function baseName(): string {
  const [, name = ''] =
    /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  return name;
}

/** `pull`: the real base image, from its registry. */
const BASE = process.env['TAGWARDEN_IMAGE_BASE'];

/** Makes an image of Debian with Node and npm where no registry can be asked for the real one, under its name. */
export async function ensureBase(engine: Engine): Promise<void> {
  const name = baseName();
  if (BASE === 'pull') return step(engine, 'podman', ['pull', name]);
  const isThere = await engine.podman('image', 'exists', name).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const folder = join(engine.folder, 'base');
  const local = join(folder, 'ctx/usr/local');
  for (const part of ['bin', 'lib/node_modules', 'etc']) {
    mkdirSync(join(local, part), { recursive: true });
  }
  const tar = join(folder, 'base.tar');
  step(engine, 'mmdebstrap', [
    '--variant=minbase',
    '--include=ca-certificates',
    'bookworm',
    tar,
    mirror(),
  ]);
  cpSync(process.execPath, join(local, 'bin/node'));
  const npm = dirname(dirname(realpathSync(which('npm'))));
  cpSync(npm, join(local, 'lib/node_modules/npm'), { recursive: true });
  if (existsSync(CERTIFICATES)) {
    mkdirSync(join(folder, 'ctx/etc/ssl/certs'), { recursive: true });
    cpSync(CERTIFICATES, join(folder, 'ctx', CERTIFICATES));
    writeFileSync(join(local, 'etc/npmrc'), `cafile=${CERTIFICATES}\n`);
  }
  const link = 'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm';
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM scratch\nADD base.tar /\nCOPY ctx/ /\n${link}\nCMD ["node"]\n`,
  );
  step(engine, 'buildah', ['bud', ...HOW, '-t', name, folder]);
  rmSync(folder, { recursive: true, force: true });
}

/** Builds the Dockerfile of the product; resolves to how long that took. */
export function buildImage(engine: Engine): number {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const from = performance.now();
  build(engine, [`VERSION=${version}`, `REVISION=${REVISION}`], IMAGE);
  return performance.now() - from;
}

/** Builds the Dockerfile with arguments; throws what the build said. */
export function build(engine: Engine, given: readonly string[], name: string): void {
  const args = given.flatMap((one) => ['--build-arg', one]);
  step(engine, 'buildah', ['bud', ...HOW, '--layers', ...args, '-t', name, ROOT]);
}

function mirror(): string {
  const all = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], {
    encoding: 'utf8',
  });
  const found = all.split('\n').find((line) => line !== '' && !line.includes('security'));
  if (found === undefined) throw new Error('Cannot make a base image: apt-get knows no mirror');
  return found;
}

function which(command: string): string {
  return execFileSync('which', [command], { encoding: 'utf8' }).trim();
}
