import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import { anOrigin, aServer } from './git-bench.ts';

describe('createGitOrigin()', () => {
  test('read() returns the texts of the newest commit, below the folder alone, and names ref and commit', async () => {
    const server = await aServer();
    const commit = await server.commit({
      'policies/b.yaml': 'b',
      'policies/sub/a.yml': 'a',
      'x.yaml': 'x',
    });
    const origin = await anOrigin(server, { path: 'policies' });

    const { files, revision } = await origin.read();

    expect(revision).toBe(`main@sha1:${commit}`);
    expect(files.map(({ path, text }) => [path.slice(path.indexOf('@')), text])).toEqual([
      ['@main/policies/b.yaml', 'b'],
      ['@main/policies/sub/a.yml', 'a'],
    ]);
  });

  test('read() fetches once a commit: an unchanged head costs one look', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' });
    const origin = await anOrigin(server);
    await origin.read();
    const before = server.fetches();

    await origin.read();
    await origin.read();

    expect([before, server.fetches(), server.looks() > 2]).toEqual([1, 1, true]);
  });

  test('read() follows the head forward and back', async () => {
    const server = await aServer();
    const first = await server.commit({ 'a.yaml': '1' });
    const origin = await anOrigin(server);
    const seen = [(await origin.read()).revision];

    const second = await server.commit({ 'a.yaml': '2' });
    seen.push((await origin.read()).revision);
    await server.git('push', '--quiet', '--force', 'origin', `${first}:refs/heads/main`);
    const back = await origin.read();

    expect([...seen, back.revision]).toEqual(
      [first, second, first].map((sha) => `main@sha1:${sha}`),
    );
    expect(back.files[0]?.text).toBe('1');
  });

  test.each([
    ['a branch', 'release/1.x', 'main:refs/heads/release/1.x'],
    ['an annotated tag', 'v1', 'v1'],
    ['a full name', 'refs/tags/v1', 'v1'],
  ])('read() follows %s', async (_name, ref, pushed) => {
    const server = await aServer();
    const commit = await server.commit({ 'a.yaml': '1' });
    await server.git('tag', '--annotate', '--message=one', 'v1');
    await server.git('push', '--quiet', 'origin', pushed);
    await server.commit({ 'a.yaml': '2' });
    const origin = await anOrigin(server, { ref });

    const { revision, files } = await origin.read();

    expect([revision, files[0]?.text]).toEqual([`${ref}@sha1:${commit}`, '1']);
  });

  test('read() takes nothing of a branch that only ends like the ref', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' }, 'evil/refs/heads/prod');
    const origin = await anOrigin(server, { ref: 'prod' });

    const read = origin.read();

    await expect(read).rejects.toMatchObject({ code: 'POLICY_UNREACHABLE', reason: 'fetch_error' });
  });

  test('read() refuses a name that is a branch and a tag', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' });
    await server.git('tag', 'main');
    await server.git('push', '--quiet', 'origin', 'refs/tags/main');
    const origin = await anOrigin(server);

    const read = origin.read();

    await expect(read).rejects.toThrow('wanted refs/heads/main or refs/tags/main');
  });

  test.each([
    ['an absolute link', '/etc/passwd', 'leads out of the folder'],
    ['a link out of the folder', '../other/x.yaml', 'leads out of the folder'],
    ['a link to nothing', 'missing.yaml', 'leads nowhere'],
    ['a link to itself', 'link.yaml', 'in a circle'],
    ['a link to its folder', '.', 'in a circle'],
  ])('read() refuses %s', async (_name, target, message) => {
    const server = await aServer();
    await server.commit({ 'policies/a.yaml': '1', 'other/x.yaml': 'x' });
    await symlink(target, join(server.work, 'policies/link.yaml'));
    await server.commit({});
    const origin = await anOrigin(server, { path: 'policies' });

    const read = origin.read();

    await expect(read).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    await expect(origin.read()).rejects.toThrow(message);
  });

  test('read() follows links inside the folder, to files and to folders', async () => {
    const server = await aServer();
    await server.commit({ 'p/a.yaml': '1', 'p/.hidden/b.yaml': '2' });
    await symlink('a.yaml', join(server.work, 'p/c.yaml'));
    await symlink('.hidden', join(server.work, 'p/shown'));
    await server.commit({});
    const origin = await anOrigin(server, { path: 'p' });

    const { files } = await origin.read();

    expect(files.map(({ path, text }) => `${path.slice(path.indexOf('/p/'))}=${text}`)).toEqual([
      '/p/a.yaml=1',
      '/p/c.yaml=1',
      '/p/shown/b.yaml=2',
    ]);
  });

  test.each([
    ['no such folder', { path: 'nowhere' }, {}, 'empty'],
    ['a folder that is a file', { path: 'a.yaml' }, {}, 'empty'],
    ['a folder without a policy', { path: 'docs' }, { 'docs/x.md': 'x' }, 'empty'],
    ['a ref that is not there', { ref: 'gone' }, {}, 'fetch_error'],
  ])('read() tells %s by its reason', async (_name, overrides, files, reason) => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1', ...files });
    const origin = await anOrigin(server, overrides);

    const read = origin.read();

    await expect(read).rejects.toMatchObject({ reason });
  });

  test('read() refuses a file of 10 MiB without reading it', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '#'.repeat(10 * 1024 * 1024) });
    const origin = await anOrigin(server);

    const read = origin.read();

    await expect(read).rejects.toThrow('it has 10485760 bytes, wanted at most 1048576');
  });

  test('read() refuses bytes that are no text', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': Uint8Array.of(0x61, 0xff, 0xfe) });
    const origin = await anOrigin(server);

    const read = origin.read();

    await expect(read).rejects.toThrow('not UTF-8');
  });

  test.each([
    ['fails', 'the remote answered with a fault'],
    ['truncates', 'the connection failed or broke off'],
    ['redirects', 'the remote answered with a redirect'],
  ] as const)('read() of a remote that %s says so, and recovers', async (mood, message) => {
    const server = await aServer();
    const commit = await server.commit({ 'a.yaml': 'x'.repeat(10_000) });
    const origin = await anOrigin(server);
    server.mood = mood;

    await expect(origin.read()).rejects.toMatchObject({ reason: 'fetch_error' });
    await expect(origin.read()).rejects.toThrow(message);
    server.mood = 'well';
    const { revision } = await origin.read();

    expect(revision).toBe(`main@sha1:${commit}`);
    expect(server.paths.filter((path) => path.includes('/elsewhere'))).toEqual([]);
  });

  test('read() gives up a remote that hangs within its timeout', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' });
    const origin = await anOrigin(server, { timeoutMs: 500 });
    server.mood = 'hangs';
    const started = performance.now();

    await expect(origin.read()).rejects.toThrow('no answer within 500 ms');

    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test('read() sends the token to the remote, and keeps it out of the cache and the message of a refusal', async () => {
    const server = await aServer({ credential: 'git:canary-token' });
    const commit = await server.commit({ 'a.yaml': '1' });
    const auth = (token: string) =>
      ({ type: 'token', username: 'git', token: new Secret(token) }) as const;
    const good = await anOrigin(server, { auth: auth('canary-token') });
    const bad = await anOrigin(server, { auth: auth('canary-wrong') });

    const { revision } = await good.read();
    const refused = await bad.read().catch((error: unknown) => String(error));

    expect(revision).toBe(`main@sha1:${commit}`);
    expect(refused).toContain('the remote refused the credential');
    expect(refused).not.toContain('canary');
  });

  test('close() removes what was fetched', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' });
    const origin = await anOrigin(server);
    await origin.read();
    const before = await readdir(origin.cache);

    await origin.close();

    expect([before.length, await readdir(origin.cache)]).toEqual([1, []]);
  });
});
