import { randomBytes } from 'node:crypto';
import { readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createGitOrigin } from '../../src/sources/git.ts';
import { aFolder, anOrigin, aServer } from './git-bench.ts';

const LOCATION = {
  url: 'http://127.0.0.1:9/tags.git',
  ref: 'main',
  path: '',
  intervalMs: 60_000,
  timeoutMs: 10_000,
  auth: { type: 'none' },
  caFile: null,
} as const;

describe('createGitOrigin()', () => {
  test.each([
    [
      'a folder that somebody removed',
      async (folder: string) => await rm(folder, { recursive: true }),
    ],
    [
      'a folder that is no repository any more',
      async (folder: string) => await rm(join(folder, 'HEAD')),
    ],
  ])('read() recovers from %s', async (_name, harm) => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' });
    const origin = await anOrigin(server);
    await origin.read();
    for (const name of await readdir(origin.cache)) await harm(join(origin.cache, name));
    const commit = await server.commit({ 'a.yaml': '2' });

    await origin.read().catch(() => undefined);
    const { revision } = await origin.read();

    expect(revision).toBe(`main@sha1:${commit}`);
  });

  test('read() keeps its folder from being taken for one that a crash left', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1' });
    const origin = await anOrigin(server);
    await origin.read();
    const [name = ''] = await readdir(origin.cache);
    const longAgo = new Date(Date.now() - 3 * 24 * 3_600_000);
    await utimes(join(origin.cache, name), longAgo, longAgo);

    await origin.read();
    const other = await anOrigin(server, { cacheFolder: origin.cache });
    await other.read();

    expect(await readdir(origin.cache)).toContain(name);
  });

  test('read() leaves no folder behind when git is not there', async () => {
    const cache = await aFolder();
    const location = { ...LOCATION, cacheFolder: cache };
    const none = { variable: () => '/nowhere', random: Math.random, now: () => new Date() };
    await using origin = createGitOrigin({ location, ...none });

    await expect(origin.read()).rejects.toMatchObject({ reason: 'fetch_error' });

    expect(await readdir(cache)).toEqual([]);
  });

  test('read() ends a fetch that brings too much, and keeps nothing of it', async () => {
    const server = await aServer();
    await server.commit({ 'a.yaml': '1', 'big.bin': randomBytes(20_000_000) });
    const cacheFolder = await aFolder();
    const variable = (name: string): string | null => process.env[name] ?? null;
    await using origin = createGitOrigin({
      location: { ...LOCATION, url: server.url, cacheFolder },
      variable,
      random: Math.random,
      now: () => new Date(),
      maxFetchBytes: 1_000_000,
    });

    await expect(origin.read()).rejects.toThrow('the remote sent more than 1000000 bytes');

    expect(await readdir(cacheFolder)).toEqual([]);
  });
});
