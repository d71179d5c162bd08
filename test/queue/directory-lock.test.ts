import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDirectory } from '../../src/queue/directory-lock.ts';
import { type Child, startChild } from './child.ts';
import { until } from './support.ts';

describe('lockDirectory()', () => {
  let folder: string;
  const children: Child[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tw-lock-'));
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map(async (child) => await child.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  function child(startAt = 0): Child {
    const started = startChild('child-lock.ts', folder, String(startAt));
    children.push(started);
    return started;
  }

  test('gives the folder to one at a time', async () => {
    const unlock = await lockDirectory(folder);

    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await unlock();
    await (await lockDirectory(folder))();

    expect(existsSync(join(folder, 'lock.sock'))).toBe(false);
  });

  test('refuses within a second while another process has it, stopped or not', async () => {
    const owner = child();
    await until('lock', () => owner.count('locked') === 1);
    owner.process.kill('SIGSTOP');
    const before = performance.now();

    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });

    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test('takes over from a process that was killed', async () => {
    const owner = child();
    await until('lock', () => owner.count('locked') === 1);
    await owner.kill();

    const unlock = await lockDirectory(folder);

    expect(existsSync(join(folder, 'lock.sock'))).toBe(true);
    expect(existsSync(join(folder, 'lock.takeover'))).toBe(false);
    await unlock();
  });

  test('gives what a killed process left to exactly one of many', async () => {
    const owner = child();
    await until('lock', () => owner.count('locked') === 1);
    await owner.kill();

    const rivals = Array.from({ length: 4 }, () => child(Date.now() + 1_500));
    await until('answers', () => rivals.every(({ said }) => said.length === 1), 12_000);

    expect(rivals.flatMap(({ said }) => said.map(({ event }) => event)).toSorted()).toEqual([
      'locked',
      'refused',
      'refused',
      'refused',
    ]);
  });

  test('is not held up by a process that was killed while taking over', async () => {
    const owner = child();
    await until('lock', () => owner.count('locked') === 1);
    await owner.kill();
    const turn = join(folder, 'lock.takeover');
    mkdirSync(turn);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(turn, longAgo, longAgo);

    const unlock = await lockDirectory(folder);

    expect(existsSync(join(folder, 'lock.sock'))).toBe(true);
    expect(existsSync(join(folder, 'lock.takeover'))).toBe(false);
    await unlock();
  });

  test('refuses a folder whose socket would have too long a name', async () => {
    const deep = join(folder, 'x'.repeat(120));
    mkdirSync(deep);

    await expect(lockDirectory(deep)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /has \d+ bytes, expected at most 103; choose a shorter folder$/,
      ),
    });
  });
});
