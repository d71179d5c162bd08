import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GitLocation } from '../../src/model/git-location.ts';
import { createGitOrigin } from '../../src/sources/git.ts';
import type { PolicyOrigin } from '../../src/sources/origin.ts';
import { type GitServer, type GitServerOptions, startGitServer } from '../support/git-server.ts';

export async function aServer(options: GitServerOptions = {}): Promise<GitServer> {
  const server = await startGitServer(options);
  onTestFinished(async () => await server.close());
  return server;
}

export async function aFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
}

export async function anOrigin(
  server: Pick<GitServer, 'url'>,
  overrides: Partial<GitLocation> = {},
): Promise<PolicyOrigin & { readonly cache: string }> {
  const cache = await aFolder();
  const location: GitLocation = {
    url: server.url,
    ref: 'main',
    path: '',
    intervalMs: 60_000,
    timeoutMs: 10_000,
    auth: { type: 'none' },
    caFile: null,
    cacheFolder: cache,
    ...overrides,
  };
  const variable = (name: string): string | null => process.env[name] ?? null;
  const origin = createGitOrigin({
    location,
    variable,
    random: Math.random,
    now: () => new Date(),
  });
  onTestFinished(async () => await origin.close());
  return { ...origin, cache };
}
