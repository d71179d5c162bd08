import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { type Child, startChild } from './child.ts';
import { aWorld, pause, SILENT, until } from './support.ts';

const KILLS = 5;
const folder = mkdtempSync(join(tmpdir(), 'tagwarden-crash-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('openBackend() refuses a folder another process has, and loses none of its jobs when that one is killed five times', async () => {
  const children: Child[] = [];
  for (let kills = 0; kills < KILLS; kills += 1) {
    const child = startChild('child-folder.ts', folder);
    children.push(child);
    await until('30 jobs', () => child.count('added') >= 30, 120_000);
    if (kills === 0) await refuses(folder, child);
    await pause(Math.random() * 100);
    await child.kill();
  }

  const backend = await openBackend(`embedded:${folder}`, { log: SILENT });
  const world = aWorld(backend, ['swr']);
  const engine = createEngine({
    ...world.options,
    roles: new Set(['worker']),
    settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
  });
  await engine.start();
  const added = paths(children, 'added');
  const passed = () =>
    new Set([...paths(children, 'passed'), ...world.requests.map(({ target }) => target.path)]);
  await until('every added job', () => added.every((path) => passed().has(path)), 60_000);
  await engine.stop({ graceMs: 1_000 });
  await backend.close();

  expect(added.length).toBeGreaterThanOrEqual(30 * KILLS);
  // A pass may be made twice, but only those that were in hand when their process was killed.
  expect(paths(children, 'passed').length + world.requests.length).toBeLessThanOrEqual(
    passed().size + 5 * KILLS,
  );
}, 300_000);

async function refuses(taken: string, { process: owner }: Child): Promise<void> {
  const start = performance.now();
  await expect(openBackend(`embedded:${taken}`, { log: SILENT })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: `Cannot open queue folder "${taken}": process ${owner.pid} uses it, expected one process a folder; stop that one, or set queue.url to redis://… or postgres://… to share a queue`,
  });
  expect(performance.now() - start).toBeLessThan(1_000);
}

function paths(children: readonly Child[], event: string): readonly string[] {
  return children.flatMap(({ said }) =>
    said.flatMap((one) => (one.event === event && one.path ? [one.path] : [])),
  );
}
