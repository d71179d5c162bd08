import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PolicyOrigin } from '../../src/sources/origin.ts';
import { createDirectoryOrigin } from '../../src/sources/watched-directory.ts';
import { aFolder } from './git-bench.ts';

const HOUR = 3_600_000;

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Texts of the newest reading, kept up by the watch alone. */
async function following(
  folder: string,
): Promise<{ readonly texts: () => string; readonly rounds: () => number }> {
  const origin: PolicyOrigin = createDirectoryOrigin({ folder, pollMs: HOUR });
  let texts = '';
  let rounds = 0;
  const look = async (): Promise<void> => {
    rounds += 1;
    const read = await origin.read().catch(() => null);
    if (read !== null) texts = read.files.map(({ text }) => text).join('|');
  };
  await look();
  onTestFinished(origin.watch(look));
  await pause(100);
  return { texts: () => texts, rounds: () => rounds };
}

/** How long it took until the texts were those. */
async function until(texts: () => string, wanted: string): Promise<number> {
  const started = performance.now();
  while (texts() !== wanted) {
    if (performance.now() - started > 5_000) throw new Error(`still ${texts()}`);
    await pause(10);
  }
  return performance.now() - started;
}

/** A folder as Kubernetes mounts a ConfigMap: files are links through `..data` to the newest hidden folder. */
async function aMount(
  text: string,
): Promise<{ readonly folder: string; readonly swap: (text: string) => Promise<void> }> {
  const folder = await aFolder();
  let generation = 0;
  const swap = async (next: string): Promise<void> => {
    generation += 1;
    const name = `..2026_${generation}`;
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'a.yaml'), next);
    await symlink(name, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await rm(join(folder, `..2026_${generation - 1}`), { recursive: true, force: true });
  };
  await swap(text);
  await symlink('..data/a.yaml', join(folder, 'a.yaml'));
  return { folder, swap };
}

describe('createDirectoryOrigin()', () => {
  test('watch() follows the swaps of a ConfigMap, each within 2 s', async () => {
    const { folder, swap } = await aMount('1');
    const { texts } = await following(folder);

    const took: number[] = [];
    for (const text of ['2', '3', '4']) {
      await swap(text);
      took.push(await until(texts, text));
    }

    expect(Math.max(...took)).toBeLessThan(2_000);
  });

  test('watch() follows edits in place, in folders below and in new ones', async () => {
    const folder = await aFolder();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'a.yaml'), '1');
    await writeFile(join(folder, 'sub/b.yaml'), '1');
    const { texts } = await following(folder);

    await writeFile(join(folder, 'a.yaml'), '2');
    await until(texts, '2|1');
    await writeFile(join(folder, 'sub/b.yaml'), '2');
    await until(texts, '2|2');
    await mkdir(join(folder, 'new'));
    await until(texts, '2|2');
    await pause(700);
    await writeFile(join(folder, 'new/a.yaml'), '3');
    const took = await until(texts, '2|3|2');

    expect(took).toBeLessThan(2_000);
  });

  test('watch() reads a burst of edits a few times at most', async () => {
    const folder = await aFolder();
    await writeFile(join(folder, 'a.yaml'), '0');
    const { texts, rounds } = await following(folder);

    for (let edit = 1; edit <= 50; edit += 1) {
      await writeFile(join(folder, 'a.yaml'), String(edit));
      await pause(4);
    }
    await until(texts, '50');

    expect(rounds()).toBeLessThan(8);
  });

  test('read() does not take a file that is being written for a finished one', async () => {
    const folder = await aFolder();
    const path = join(folder, 'a.yaml');
    await writeFile(path, 'old');
    const origin = createDirectoryOrigin({ folder, pollMs: HOUR });
    await origin.read();
    await writeFile(path, 'ha');
    const finish = pause(60).then(async () => await writeFile(path, 'half and half'));

    const { files } = await origin.read();
    await finish;

    expect(files[0]?.text).toBe('half and half');
  });

  test('read() tells a folder that is gone from an empty one', async () => {
    const folder = await aFolder();
    const gone = createDirectoryOrigin({ folder: join(folder, 'gone'), pollMs: HOUR });
    const empty = createDirectoryOrigin({ folder, pollMs: HOUR });

    await expect(gone.read()).rejects.toMatchObject({ reason: 'fetch_error' });
    await expect(empty.read()).rejects.toMatchObject({ reason: 'empty' });
  });

  test('watch() follows no link out of the folder, whatever lies there', async () => {
    const [folder, outside] = [await aFolder(), await aFolder()];
    await writeFile(join(folder, 'a.yaml'), 'a');
    await symlink(outside, join(folder, 'out'));
    const { rounds } = await following(folder);
    const before = rounds();

    await writeFile(join(outside, 'b.txt'), 'b');
    await pause(1_000);

    expect(rounds()).toBe(before);
  });
});
