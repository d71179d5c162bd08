import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { lockDirectory } from '../../src/queue/directory-lock.ts';
import { ensureDatabase } from '../../src/queue/new-database.ts';
import { keepingLog, SILENT } from './support.ts';

describe('ensureDatabase()', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tw-new-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('makes one database, under its name only when it is finished', async () => {
    mkdirSync(join(folder, 'pg.unfinished-killed'));
    mkdirSync(join(folder, 'mine'));

    const log = keepingLog();
    const before = process.memoryUsage.rss();

    const path = await ensureDatabase(folder, { log });

    // PGlite would leave some 300 MB in the process that makes it.
    expect(process.memoryUsage.rss() - before).toBeLessThan(60_000_000);
    expect(log.lines).toEqual([]);
    expect(path).toBe(join(folder, 'pg'));
    expect(readdirSync(folder).toSorted()).toEqual(['mine', 'pg']);
    expect(existsSync(join(path, 'PG_VERSION'))).toBe(true);
  }, 120_000);

  test('leaves a database alone that is there', async () => {
    mkdirSync(join(folder, 'pg'));
    writeFileSync(join(folder, 'pg', 'mine'), '');

    await ensureDatabase(folder, { log: SILENT });

    expect(readdirSync(join(folder, 'pg'))).toEqual(['mine']);
  });

  test('leaves it to this process where no other can be started, and says so', async () => {
    const log = keepingLog();
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    const execPath = process.execPath;
    process.execPath = '/nowhere/node';
    try {
      await ensureDatabase(alone, { log });
    } finally {
      process.execPath = execPath;
    }

    expect(readdirSync(alone)).toEqual([]);
    expect(log.lines).toEqual([
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('this one does') }),
    ]);
  });

  test('gives up at once when the process is to stop, and gives the folder back', async () => {
    const start = performance.now();
    const signal = AbortSignal.timeout(200);

    await expect(openBackend(`embedded:${folder}`, { log: SILENT, signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });

    expect(performance.now() - start).toBeLessThan(2_000);
    const unlock = await lockDirectory(folder);
    await unlock();
  });
});
