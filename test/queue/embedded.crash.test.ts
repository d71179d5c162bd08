import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { startChild } from './child.ts';
import { aWorld, SILENT, until } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'tagwarden-crash-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('openBackend() refuses a folder another process has, and loses none of its jobs when that one is killed', async () => {
  const child = startChild('child-folder.ts', folder);
  await until('30 jobs', () => child.count('added') >= 30 && child.count('start') === 1, 14_000);

  const before = performance.now();
  await expect(openBackend(`embedded:${folder}`, { log: SILENT })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: `Cannot open queue folder "${folder}": another process uses it, expected one process a folder; stop the other one or configure Redis to share a queue`,
  });
  const refusedMs = performance.now() - before;
  await child.kill();
  const backend = await openBackend(`embedded:${folder}`, { log: SILENT });
  const world = aWorld(backend, ['swr']);
  const engine = createEngine({
    ...world.options,
    roles: new Set(['worker']),
    settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
  });
  await engine.start();
  const added = child.count('added');
  await until('every added job', () => new Set(pathsOf(world)).size >= added, 10_000);
  await engine.stop({ graceMs: 1_000 });
  await backend.close();

  expect(refusedMs).toBeLessThan(1_000);
  expect(pathsOf(world)).toEqual([...new Set(pathsOf(world))]);
}, 40_000);

function pathsOf({ requests }: ReturnType<typeof aWorld>): readonly string[] {
  return requests.map(({ target }) => target.path);
}
