import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type Backend, openBackend } from '../../src/queue/backend.ts';
import { reconcileJob, reconcileQueue } from '../../src/queue/jobs.ts';
import { openStore } from '../../src/store/open.ts';
import { SILENT } from '../queue/support.ts';
import { eventually } from '../support/fleet.ts';

const CHILD = fileURLToPath(new URL('child-poison.ts', import.meta.url));
const ACCOUNT = 'swr';
const TARGETS = 2_000;
const WORKERS = 3;

const Said = z.object({ event: z.string(), path: z.string().optional() });

describe('a target that takes its workers down', () => {
  const children = new Set<ChildProcess>();
  let isOver = false;

  afterEach(() => {
    isOver = true;
    for (const child of children) child.kill('SIGKILL');
  });

  /** A worker process, and another one whenever it is gone. */
  function keepRunning(args: readonly string[], hear: (said: z.infer<typeof Said>) => void): void {
    if (isOver) return;
    const child = spawn(process.execPath, [CHILD, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      hear(Said.parse(JSON.parse(line)));
    });
    child.on('exit', () => {
      children.delete(child);
      keepRunning(args, hear);
    });
  }

  test('is quarantined after five crashes, and 1,999 others converge within 60 s meanwhile', async () => {
    const url = inject('redisUrl');
    const prefix = `{poison-${randomUUID().slice(0, 8)}}`;
    const backend = await openBackend(url, { log: SILENT, prefix });
    await enqueue(backend, [
      'poison',
      ...Array.from({ length: TARGETS - 1 }, (_, at) => `app-${at}`),
    ]);
    const passed = new Set<string>();
    const events: string[] = [];

    for (let worker = 0; worker < WORKERS; worker += 1)
      keepRunning([url, prefix, ACCOUNT], ({ event, path }) => {
        if (path === undefined) events.push(event);
        else passed.add(path);
      });
    await eventually(
      () => events.includes('ready'),
      20_000,
      () => 'no worker came',
    );
    const convergedMs = await eventually(
      () => passed.size >= TARGETS - 1,
      90_000,
      () => `${passed.size} of ${TARGETS - 1} converged`,
    );
    const quarantinedMs = await eventually(
      () => events.includes('quarantined'),
      150_000,
      () => `only ${events.filter((event) => event === 'crash').length} crashes`,
    );
    const store = await openStore(backend.storage);
    const quarantined = await store.quarantined(new Date());
    await enqueue(backend, ['poison', 'app-0']);
    passed.clear();
    await eventually(
      () => passed.has('app-0'),
      20_000,
      () => 'nobody works any more',
    );
    await backend.close();

    const crashes = events.filter((event) => event === 'crash').length;
    console.log(
      `poison: 1,999 others after ${(convergedMs / 1_000).toFixed(1)} s, ${crashes} crashes, ` +
        `quarantined after ${((convergedMs + quarantinedMs) / 1_000).toFixed(1)} s`,
    );
    expect(convergedMs).toBeLessThan(60_000);
    expect(crashes).toBe(5);
    expect(events.filter((event) => event === 'quarantined')).toHaveLength(1);
    expect(quarantined.map(({ target }) => target.path)).toEqual(['poison']);
  }, 300_000);
});

async function enqueue(backend: Backend, paths: readonly string[]): Promise<void> {
  const queue = backend.createQueue(reconcileQueue(ACCOUNT));
  const asked = { reason: 'schedule', correlationId: 'sweep-1', revision: 'sha256:1' } as const;
  const jobs = paths.map((path) =>
    reconcileJob(
      { ...asked, target: { account: ACCOUNT, path }, attributes: null, observedAt: null },
      5,
    ),
  );
  await queue.addBulk(jobs);
  await queue.close();
}
