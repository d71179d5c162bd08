import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDirectoryOrigin } from '../../src/sources/watched-directory.ts';
import { aFolder, aServer } from '../sources/git-bench.ts';
import { type GitServer } from '../support/git-server.ts';
import { gitOrigin, type Opened, openOn, policyText } from './policy-bench.ts';

type Files = Readonly<Record<string, string | null>>;

/** A place of 200 good policies in force, and how to break and mend it. */
interface Bench extends Opened {
  readonly server: GitServer | null;
  /** Where the files lie before they are published. */
  readonly folder: string;
  readonly write: (files: Files) => Promise<void>;
  /** Makes what was done in `folder` seen. */
  readonly publish: () => Promise<void>;
}

const GOOD: Files = Object.fromEntries(
  Array.from({ length: 200 }, (_, at) => [`p${at}.yaml`, policyText(`p${at}`)]),
);

async function inFolder(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await (text === null ? rm(path, { recursive: true, force: true }) : writeFile(path, text));
  }
}

async function onDirectory(): Promise<Bench> {
  const folder = join(await aFolder(), 'policies');
  const write = async (files: Files): Promise<void> => await inFolder(folder, files);
  await write(GOOD);
  const opened = await openOn(createDirectoryOrigin({ folder, pollMs: 3_600_000 }));
  return { ...opened, server: null, folder, write, publish: async () => await Promise.resolve() };
}

async function onGit(): Promise<Bench> {
  const server = await aServer();
  const folder = join(server.work, 'policies');
  const publish = async (): Promise<void> => void (await server.commit({}));
  const write = async (files: Files): Promise<void> => {
    await inFolder(folder, files);
    await publish();
  };
  await write(GOOD);
  const opened = await openOn(await gitOrigin(server.url));
  return { ...opened, server, folder, write, publish };
}

const CONFLICT = [
  '<<<<<<< ours',
  policyText('p0', 'a'),
  '=======',
  policyText('p0', 'b'),
  '>>>>>>> theirs',
];

type Breakage = readonly [name: string, reason: string, harm: (bench: Bench) => Promise<void>];

const names = async ({ folder }: Bench): Promise<readonly string[]> => await readdir(folder);
const all = async (bench: Bench, text: string): Promise<Files> =>
  Object.fromEntries((await names(bench)).map((name) => [name, text]));

/** Those of R5 that any place can suffer. */
const BREAKAGES: readonly Breakage[] = [
  [
    'all files renamed',
    'empty',
    async (bench) => {
      const moved = Object.keys(GOOD).map((name) => [`${name}.bak`, GOOD[name] ?? ''] as const);
      const gone = Object.keys(GOOD).map((name) => [name, null] as const);
      await bench.write(Object.fromEntries([...moved, ...gone]));
    },
  ],
  ['only empty files', 'invalid', async (bench) => await bench.write(await all(bench, ''))],
  ['comments only', 'invalid', async (bench) => await bench.write(await all(bench, '# later\n'))],
  ['one bad file of 200', 'invalid', async ({ write }) => await write({ 'p7.yaml': 'spec: [' })],
  [
    'conflict markers',
    'invalid',
    async ({ write }) => await write({ 'p0.yaml': CONFLICT.join('\n') }),
  ],
  [
    'a link in a circle',
    'invalid',
    async ({ folder, publish }) => {
      await symlink('.', join(folder, 'loop'));
      await publish();
    },
  ],
  [
    'a link out of the place',
    'invalid',
    async ({ folder, publish }) => {
      await symlink('/etc/hostname', join(folder, 'host.yaml'));
      await publish();
    },
  ],
  [
    'a file of 10 MiB',
    'invalid',
    async ({ write }) => await write({ 'p3.yaml': `# ${'x'.repeat(10 * 1024 * 1024)}` }),
  ],
];

const OF_FOLDERS: readonly Breakage[] = [
  ['the folder gone', 'fetch_error', async ({ folder }) => await rm(folder, { recursive: true })],
  [
    'an empty folder',
    'empty',
    async ({ folder }) => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
    },
  ],
];

const OF_GIT: readonly Breakage[] = [
  [
    'the folder gone',
    'empty',
    async ({ folder, publish, server }) => {
      await rm(folder, { recursive: true });
      await writeFile(join(server?.work ?? '', 'README'), '');
      await publish();
    },
  ],
  ['a remote that fails', 'fetch_error', async ({ server }) => mood(server, 'fails')],
  [
    'a clone that is cut off',
    'fetch_error',
    async ({ server, write }) => {
      mood(server, 'truncates');
      await write({ 'p1.yaml': policyText('p1', 'x'.repeat(5_000)) });
    },
  ],
  [
    'a ref that is gone',
    'fetch_error',
    async ({ server }) => {
      await server?.git('push', '--quiet', 'origin', 'HEAD:refs/heads/other');
      await server?.git('-C', server.bare, 'symbolic-ref', 'HEAD', 'refs/heads/other');
      await server?.git('push', '--quiet', 'origin', ':refs/heads/main');
    },
  ],
];

function mood(server: GitServer | null, wanted: GitServer['mood']): void {
  if (server !== null) server.mood = wanted;
}

const TABLE = [
  ...[...BREAKAGES, ...OF_FOLDERS].map((row) => ['a folder', ...row, onDirectory] as const),
  ...[...BREAKAGES, ...OF_GIT].map((row) => ['git', ...row, onGit] as const),
];

describe('openPolicies()', () => {
  test.each(TABLE)(
    'openPolicies() on %s keeps the last good set over %s, and says %s in condition, metric and log',
    async (_place, _name, reason, harm, open) => {
      const bench = await open();
      const { source, log } = bench;
      const before = source.current();
      await harm(bench);

      const changed = await source.refresh();
      await source.refresh();

      expect(changed).toBe(false);
      expect(source.current()).toBe(before);
      expect(source.condition()).toMatchObject({ reason, lastGood: before.revision });
      const metrics = await bench.metrics();
      expect(metrics).toContain(`tagwarden_policy_loads_total{result="${reason}"} 2`);
      expect(metrics).toContain('tagwarden_policy_loads_total{result="ok"} 1');
      expect(log.lines).toMatchObject([{ level: 'error', fields: { reason } }]);
    },
    30_000,
  );

  test.each([
    ['a folder', onDirectory],
    ['git', onGit],
  ] as const)(
    'openPolicies() on %s follows the place again once it is mended',
    async (_name, open) => {
      const bench = await open();
      await bench.write({ 'p7.yaml': 'spec: [' });
      await bench.source.refresh();
      await bench.write({ 'p7.yaml': policyText('p7', 'new') });

      const changed = await bench.source.refresh();

      expect(changed).toBe(true);
      expect(bench.source.condition()).toBeNull();
    },
    30_000,
  );

  test('openPolicies() on git shows ref and commit, and logs a force-push back as revision_rollback', async () => {
    const { source, server, log, metrics, write } = await onGit();
    const first = await server?.git('rev-parse', 'HEAD');
    await write({ 'p0.yaml': policyText('p0', 'new') });
    await source.refresh();
    const second = await server?.git('rev-parse', 'HEAD');
    await server?.git('push', '--quiet', '--force', 'origin', `${first}:refs/heads/main`);

    await source.refresh();

    expect(source.current().revision).toBe(`main@sha1:${first}`);
    const text = await metrics();
    expect(text).toContain(
      `tagwarden_policy_revision_info{ref="main",short_sha="${first?.slice(0, 12)}"} 1`,
    );
    expect(text.match(/^tagwarden_policy_revision_info\{/gm)).toHaveLength(1);
    expect(log.lines.map(({ fields }) => fields['event'] ?? fields['revision'])).toEqual([
      `main@sha1:${second}`,
      'revision_rollback',
      `main@sha1:${first}`,
    ]);
  }, 30_000);
});
