import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { lockDirectory } from '../../src/queue/directory-lock.ts';
import { SILENT } from './support.ts';

describe('openBackend() on a folder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tw-open-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('refuses a path that is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');

    await expect(openBackend(`embedded:${file}`, { log: SILENT })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: `Cannot open queue folder "${file}": it cannot be written, expected a folder this user may write to`,
    });
  });

  test('refuses a folder that holds something else, and gives its lock back', async () => {
    mkdirSync(join(folder, 'pg'));
    writeFileSync(join(folder, 'pg', 'PG_VERSION'), '9\n');

    await expect(openBackend(`embedded:${folder}`, { log: SILENT })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining('its database does not start'),
    });

    const unlock = await lockDirectory(folder);
    await expect(unlock()).resolves.toBeUndefined();
  });
});
