import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLogin } from '../../src/registry/login.ts';

const SIGNAL = new AbortController().signal;

/** A helper of this script on the PATH until the test ends; its calls are lines of the file. */
async function helperOnPath(script: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-helper-'));
  const file = join(folder, 'docker-credential-test');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${folder}${delimiter}${path}`;
  onTestFinished(async () => {
    process.env['PATH'] = path;
    await rm(folder, { recursive: true });
  });
}

function helperLogin(now = () => new Date(0)) {
  const auth = { type: 'helper', helper: 'test', server: 'registry.example' } as const;
  return createLogin({ account: 'mirror', auth, now });
}

describe('createLogin()', () => {
  test('createLogin() asks the helper for the server of the account, once in a while', async () => {
    let nowMs = 0;
    await helperOnPath(
      'read server; echo "{\\"Username\\":\\"$1-$server-$$\\",\\"Secret\\":\\"s\\"}"',
    );
    const login = helperLogin(() => new Date(nowMs));

    const first = await login.read(SIGNAL);
    const second = await login.read(SIGNAL);
    nowMs = 3_600_000;
    const third = await login.read(SIGNAL);

    expect(first?.username).toMatch(/^get-registry\.example-\d+$/);
    expect(first?.password.reveal()).toBe('s');
    expect(second).toBe(first);
    expect(third?.username).not.toBe(first?.username);
  });

  test('createLogin() asks the helper again after a refusal', async () => {
    await helperOnPath('echo "{\\"Username\\":\\"$$\\",\\"Secret\\":\\"s\\"}"');
    const login = helperLogin();
    const first = await login.read(SIGNAL);
    if (first === null) throw new Error('no credential');

    expect(login.forget(first)).toBe(true);

    expect((await login.read(SIGNAL))?.username).not.toBe(first.username);
  });

  test.each([
    ['exits with an error', 'echo "secret-in-an-error"; exit 1', 'exit code 1'],
    ['prints no JSON', 'echo "credentials not found"', 'something else'],
    ['has no secret', 'echo "{\\"Username\\":\\"u\\",\\"Secret\\":\\"\\"}"', 'something else'],
    [
      'gives an identity token',
      'echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"s\\"}"',
      'identity token',
    ],
  ])('createLogin() reports a helper that %s', async (_what, script, reason) => {
    await helperOnPath(script);

    const read = helperLogin().read(SIGNAL);

    await expect(read).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    await expect(read).rejects.toThrow(reason);
    await expect(read).rejects.not.toThrow(/secret-in/);
  });

  test('createLogin() reports a helper that is not there', async () => {
    await expect(helperLogin().read(SIGNAL)).rejects.toThrow(/not on the PATH/);
  });

  test('createLogin() ends a helper that is not waited for any more', async () => {
    await helperOnPath('exec sleep 60');
    const stop = new AbortController();
    const read = helperLogin().read(stop.signal);

    stop.abort(new Error('stopped'));

    await expect(read).rejects.toThrow('stopped');
  });
});
