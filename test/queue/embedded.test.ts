import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { backendConformance } from './backend.conformance.ts';
import { engineConformance } from './engine.conformance.ts';
import { passConformance } from './pass.conformance.ts';
import { SILENT } from './support.ts';

// One folder for all suites: the first start of a database takes seconds, opening it again does not.
const folder = mkdtempSync(join(tmpdir(), 'tagwarden-queue-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open() {
  return await openBackend(`embedded:${folder}`, { log: SILENT });
}

backendConformance('embedded', open);
engineConformance('embedded', open);
passConformance('embedded', open);

test('openBackend() on a folder leaves room for timers while it works', async () => {
  const backend = await open();
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 5);
  const start = performance.now();

  await Promise.all(Array.from({ length: 2_000 }, async () => await backend.ping()));

  const tookMs = performance.now() - start;
  clearInterval(timer);
  await backend.close();
  expect(ticks).toBeGreaterThan(tookMs / 50);
});
