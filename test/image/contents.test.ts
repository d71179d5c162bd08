import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { baseName, build, REVISION } from './build.ts';
import { theEngine } from './container.ts';
import { IMAGE } from './engine.ts';

const run = promisify(execFile);
const MEGABYTE = 1_000_000;
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const Bill = z.object({ components: z.array(z.object({ name: z.string() })) });
const Inspected = z.tuple([
  z.object({
    Size: z.int(),
    Config: z.object({
      User: z.string(),
      Entrypoint: z.array(z.string()),
      Cmd: z.array(z.string()),
      Env: z.array(z.string()),
      ExposedPorts: z.record(z.string(), z.unknown()),
      Volumes: z.record(z.string(), z.unknown()),
      WorkingDir: z.string(),
      StopSignal: z.string(),
      Labels: z.record(z.string(), z.string()),
    }),
    Healthcheck: z.object({ Test: z.array(z.string()) }),
  }),
]);

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly bytes: number;
  readonly path: string;
}

describe('what the image contains', () => {
  const { podman } = theEngine();
  let folder = '';
  let entries: readonly Entry[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tagwarden-export-'));
    const tar = join(folder, 'image.tar');
    const container = (await podman('create', '--network=none', IMAGE)).trim();
    await podman('export', '--output', tar, container);
    const { stdout } = await run('tar', ['--list', '--verbose', '--numeric-owner', '-f', tar], {
      maxBuffer: 64 * MEGABYTE,
    });
    entries = stdout.split('\n').flatMap((line) => entryOf(line) ?? []);
  });

  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  const paths = (keep: (entry: Entry) => boolean) => entries.filter(keep).map(({ path }) => path);
  const programs = () => paths(({ mode, path }) => /^-..x/.test(mode) && !/\.so[.\d]*$/.test(path));

  test('is three programs and their libraries: no shell, no package manager, no tools', () => {
    expect(programs().toSorted()).toEqual([
      'usr/bin/git',
      'usr/lib/git-core/git-remote-http',
      'usr/local/bin/node',
    ]);
    expect(paths(({ path }) => /(?:^|\/)(?:sh|bash|dash|busybox|npm|apt-get)$/.test(path))).toEqual(
      [],
    );
  });

  test('lets nobody write to it but in /data and /tmp, and gives no rights by a file', () => {
    const isOurs = ({ owner }: Entry) => owner !== '0/0';
    const isOpen = ({ mode }: Entry) => !mode.startsWith('l') && mode[8] === 'w';
    const gives = ({ mode }: Entry) => /^-.{2}s|^-.{5}s/.test(mode);

    expect(paths(isOurs)).toEqual(['data/']);
    expect(paths(isOpen)).toEqual(['tmp/']);
    expect(paths(gives)).toEqual([]);
  });

  test('has one copy of each package: installed beside the bundle, or named in its notices', async () => {
    const installed = paths(({ path }) =>
      /^app\/node_modules\/(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path),
    );
    const sbom = await read('/app/dist/bundle/sbom.cdx.json');
    const notices = await read('/app/dist/bundle/THIRD-PARTY-NOTICES.txt');
    const bundled = Bill.parse(JSON.parse(sbom)).components;
    const debian = paths(({ path }) => /^var\/lib\/dpkg\/status\.d\/.+/.test(path));

    console.log(
      `packages: ${installed.length} installed, ${bundled.length} in the bundle, ${debian.length} of Debian`,
    );
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.length).toBeLessThanOrEqual(60);
    expect(
      bundled.filter(({ name }) => installed.some((path) => path.includes(`/${name}/`))),
    ).toEqual([]);
    expect(bundled.filter(({ name }) => !notices.includes(name))).toEqual([]);
    expect(debian).toContain('var/lib/dpkg/status.d/git');
    expect(debian).toContain('var/lib/dpkg/status.d/libc6');
  });

  test('has no native add-on and no source map', () => {
    expect(paths(({ path }) => /\.(?:node|map|d\.ts)$/.test(path))).toEqual([]);
  });

  test('says what it is and how it runs', async () => {
    const [image] = Inspected.parse(JSON.parse(await podman('image', 'inspect', IMAGE)));
    const { Config, Healthcheck, Size } = image;
    const program = await podman(
      'run',
      '--rm',
      '--network=none',
      '--no-healthcheck',
      IMAGE,
      'version',
    );

    console.log(`image: ${(Size / MEGABYTE).toFixed(0)} MB`);
    expect(Config).toMatchObject({
      User: '10001:10001',
      Entrypoint: ['node', '/app/dist/bundle/main.js'],
      Cmd: ['run'],
      ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
      Volumes: { '/data': {} },
      WorkingDir: '/data',
      StopSignal: 'SIGTERM',
    });
    expect(Config.Env).toContain('TAGWARDEN_CONFIG=/etc/tagwarden/tagwarden.yaml');
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': REVISION,
      'org.opencontainers.image.base.name': baseName(),
    });
    expect(Healthcheck.Test.slice(0, 2)).toEqual(['CMD', 'node']);
    expect(program).toContain(version);
    expect(JSON.parse(await read('/app/package.json'))).toMatchObject({ revision: REVISION });
  });

  test('is not built under a version that package.json does not have', () => {
    const [wrong, engine] = ['VERSION=99.0.0', theEngine()];

    expect(() => build(engine, [wrong], 'localhost/tagwarden:wrong')).toThrow('VERSION is 99.0.0');
  });

  test('starts no shell', async () => {
    const shell = podman(
      'run',
      '--rm',
      '--network=none',
      '--entrypoint=/bin/sh',
      IMAGE,
      '-c',
      'true',
    );

    await expect(shell).rejects.toThrow(/no such file|not found/i);
  });

  async function read(path: string): Promise<string> {
    const script = `process.stdout.write(fs.readFileSync(${JSON.stringify(path)}))`;
    const options = ['--rm', '--network=none', '--no-healthcheck', '--entrypoint=node'];
    return await podman('run', ...options, IMAGE, '--eval', script);
  }
});

/** One line of `tar --list --verbose`. */
function entryOf(line: string): Entry | null {
  const found = /^(\S{10})\s+(\S+)\s+(\d+)\s+\S+\s+\S+\s+(.+?)(?: -> .+| link to .+)?$/.exec(line);
  if (found === null) return null;
  const [, mode = '', owner = '', bytes = '', path = ''] = found;
  return { mode, owner, bytes: Number(bytes), path };
}
