import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { GitLocation } from '../../src/model/git-location.ts';
import { Secret } from '../../src/model/secret.ts';
import { createGitCommand, type GitCommand } from '../../src/sources/git-command.ts';
import { aFolder, anOrigin, aServer } from './git-bench.ts';

const CANARY = 'canary-4f2b91';
const never = new AbortController().signal;

async function aCommand(overrides: Partial<GitLocation> = {}): Promise<GitCommand> {
  const folder = await aFolder();
  const location = {
    url: 'http://127.0.0.1:9/tags.git',
    auth: { type: 'none' },
    caFile: null,
    timeoutMs: 5_000,
    ...overrides,
  } as const;
  const variable = (name: string): string | null => process.env[name] ?? null;
  const git = createGitCommand({ location, folder, variable });
  await git.text(['init', '--bare', '--quiet'], never);
  return git;
}

/** Command lines of all processes; read here, as a small machine has no `ps`. */
async function commandLines(): Promise<string> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = processes.map(
    // One that ended meanwhile has none.
    async (pid) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  );
  return (await Promise.all(lines)).map((line) => line.replaceAll('\0', ' ')).join('\n');
}

describe('createGitCommand()', () => {
  test.each([
    ['ext::sh -c "touch /tmp/tagwarden-pwned"'],
    ['file:///etc'],
    ['/etc'],
    ['git://127.0.0.1/x'],
    ['ssh://127.0.0.1/x'],
  ])('text() refuses the transport of %s whatever the arguments say', async (url) => {
    const git = await aCommand();

    const run = git.text(['ls-remote', '--', url], never);

    await expect(run).rejects.toMatchObject({ reason: 'fetch_error' });
    await expect(readFile('/tmp/tagwarden-pwned')).rejects.toThrow('ENOENT');
  });

  test.each([
    ['--upload-pack=touch /tmp/tagwarden-pwned'],
    ['--exec=touch /tmp/tagwarden-pwned'],
    ['-c', 'core.sshCommand=touch /tmp/tagwarden-pwned'],
  ])('text() runs no program that an argument names: %s %s', async (...args) => {
    const git = await aCommand();

    const run = git.text(['ls-remote', ...args, 'ssh://127.0.0.1:9/x'], never);

    await expect(run).rejects.toMatchObject({ reason: 'fetch_error' });
    await expect(readFile('/tmp/tagwarden-pwned')).rejects.toThrow('ENOENT');
  });

  test('text() takes nothing from the configuration of the user or the environment of the process', async () => {
    const before = { ...process.env };
    process.env['GIT_CONFIG_PARAMETERS'] = "'user.name=ambient'";
    process.env['GIT_SSH_COMMAND'] = 'touch /tmp/tagwarden-pwned';
    process.env['GIT_TRACE'] = '2';
    const git = await aCommand();

    const settings = await git.text(['config', '--list'], never);
    process.env = before;

    expect(settings).not.toContain('ambient');
    expect(settings).toContain('core.hookspath=/dev/null');
    expect(settings).toContain('http.followredirects=false');
  });

  test('text() ends a command that hangs, and what it started, soon after the timeout', async () => {
    const server = await aServer();
    server.mood = 'hangs';
    const url = server.url;
    const git = await aCommand({ url, timeoutMs: 1_000 });
    const started = performance.now();

    await expect(git.text(['ls-remote', '--', url], never)).rejects.toThrow('within 1000 ms');
    const tookMs = performance.now() - started;
    let left = await commandLines();
    while (left.includes(url) && performance.now() - started < 8_000) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      left = await commandLines();
    }

    console.log(
      `hanging remote: given up after ${Math.round(tookMs)} ms, its helper gone after ${Math.round(performance.now() - started)} ms`,
    );
    expect(tookMs).toBeLessThan(5_000);
    expect(left).not.toContain(url);
  }, 20_000);

  test('text() shows a token in no command line, no file of the cache and no error', async () => {
    const server = await aServer({ credential: `git:${CANARY}` });
    await server.commit({ 'a.yaml': '1' });
    const auth = { type: 'token', username: 'git', token: new Secret(CANARY) } as const;
    const origin = await anOrigin(server, { auth, timeoutMs: 3_000 });
    await origin.read();
    const files = await readdir(origin.cache, { recursive: true, withFileTypes: true });
    const kept = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => await readFile(join(file.parentPath, file.name), 'latin1')),
    );
    server.mood = 'hangs';
    const hanging = origin.read().catch((error: unknown) => String(error));
    await new Promise((resolve) => setTimeout(resolve, 500));

    const lines = await commandLines();
    const error = await hanging;

    const encoded = Buffer.from(`git:${CANARY}`).toString('base64');
    expect(lines).toContain(server.url);
    for (const text of [lines, error, ...kept]) {
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain(encoded);
    }
  }, 20_000);

  test('text() sends the token as it is at the moment', async () => {
    const server = await aServer({ credential: `git:${CANARY}` });
    const told = { token: new Secret('canary-before') };
    const auth = { type: 'token', username: 'git', token: told.token } as const;
    const git = await aCommand({ url: server.url, auth: { ...auth, readToken: () => told.token } });
    const ask = async (): Promise<string> => await git.text(['ls-remote', '--', server.url], never);

    await expect(ask()).rejects.toThrow('the remote refused the credential');
    told.token = new Secret(CANARY);

    expect(await ask()).toBe('');
  });

  test('text() ends a command that writes without end', async () => {
    const folder = await aFolder();
    const location = { url: 'http://127.0.0.1:9/x.git', auth: { type: 'none' } } as const;
    const variable = (name: string): string | null => process.env[name] ?? null;
    const git = createGitCommand({
      location: { ...location, caFile: null, timeoutMs: 5_000 },
      folder,
      variable,
      maxOutputBytes: 100,
    });
    await git.text(['init', '--bare', '--quiet'], never);

    await expect(git.text(['config', '--list'], never)).rejects.toThrow(
      'git wrote more than 100 bytes',
    );
  });

  test('text() takes no other repository for its own, whatever lies around it', async () => {
    const outer = await aFolder();
    await promisify(execFile)('git', ['init', '--quiet', outer]);
    const folder = join(outer, 'inner');
    await mkdir(folder);
    const location = { url: 'http://127.0.0.1:9/x.git', auth: { type: 'none' } } as const;
    const variable = (name: string): string | null => process.env[name] ?? null;
    const git = createGitCommand({
      location: { ...location, caFile: null, timeoutMs: 5_000 },
      folder,
      variable,
    });

    const run = git.text(['log', '-1'], never);

    await expect(run).rejects.toThrow('the folder of the clone was removed meanwhile');
  });

  test('text() gives ssh the key alone, the known hosts alone and no way to ask for a password', async () => {
    const bin = await aFolder();
    const told = join(bin, 'told');
    await writeFile(join(bin, 'ssh'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${told}\nexit 1\n`, {
      mode: 0o755,
    });
    const auth = { type: 'ssh-key', keyFile: "/keys/it's", knownHostsFile: '/keys/a b' } as const;
    const url = 'ssh://git@127.0.0.1:9/x.git';
    const location = { url, auth, caFile: null, timeoutMs: 5_000 } as const;
    const variable = (name: string): string | null =>
      name === 'PATH' ? `${bin}:${process.env['PATH'] ?? ''}` : null;
    const git = createGitCommand({ location, folder: bin, variable });

    const run = git.text(['ls-remote', '--', url], never);

    await expect(run).rejects.toMatchObject({ code: 'POLICY_UNREACHABLE' });
    const args = (await readFile(told, 'utf8')).split('\n');
    expect(args.slice(0, 4)).toEqual(['-F', '/dev/null', '-i', "/keys/it's"]);
    expect(args).toEqual(
      expect.arrayContaining([
        'BatchMode=yes',
        'StrictHostKeyChecking=yes',
        'UserKnownHostsFile="/keys/a b"',
        'IdentitiesOnly=yes',
        'git@127.0.0.1',
      ]),
    );
  });
});
