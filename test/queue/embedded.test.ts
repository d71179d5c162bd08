import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { addJobs } from '../../src/queue/queues.ts';
import { vacuumAllTables } from '../../src/queue/upkeep.ts';
import { backendConformance } from './backend.conformance.ts';
import { passOf } from './queue-bench.ts';
import { SILENT, unique, until } from './support.ts';

// One folder for all suites: the first start of a database takes seconds, opening it again does not.
const folder = mkdtempSync(join(tmpdir(), 'tagwarden-queue-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open() {
  return await openBackend(`embedded:${folder}`, { log: SILENT });
}

backendConformance('embedded', open);

test('openBackend() on a folder never works for 100 ms without looking at timers, at full load', async () => {
  const backend = await open();
  const queue = backend.createQueue(unique('reconcile.load'));
  let done = 0;
  const worker = backend.createWorker(queue.name, async () => void (done += 1), {
    concurrency: 50,
    lockDurationMs: 15_000,
    stalledIntervalMs: 500,
    drainDelayS: 5,
    backoff: () => 0,
    onRenewed() {},
    onStalled() {},
    onLockLost() {},
  });
  await worker.waitUntilReady();
  // Processor time: on a busy machine the clock goes on while this process waits for its turn.
  const busyMs: number[] = [];
  let last = threadMs();
  const timer = setInterval(() => {
    const now = threadMs();
    busyMs.push(now - last);
    last = now;
  }, 10);

  const jobs = Array.from({ length: 1_000 }, (_, at) =>
    passOf(`${at}`, { reason: 'schedule', path: `shop/${at}` }),
  );
  await addJobs(queue, backend.bulkSize, jobs);
  if (backend.storage.type === 'sql') await vacuumAllTables(backend.storage.query);
  await until('all jobs', () => done === jobs.length, 60_000);
  clearInterval(timer);
  await worker.close();
  await queue.close();
  await backend.close();

  const [longest = 0] = busyMs.toSorted((one, other) => other - one);
  expect(busyMs.length).toBeGreaterThan(20);
  expect(longest).toBeLessThan(100);
}, 90_000);

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
