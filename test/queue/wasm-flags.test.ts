import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tw-wasm-'));
const BACKEND = new URL('../../src/queue/backend.ts', import.meta.url).href;
const SUPPORT = new URL('./support.ts', import.meta.url).href;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the queue and uses every part of it that is hot, as a service does. */
const USE = `
const { openBackend } = await import(${JSON.stringify(BACKEND)});
const { SILENT } = await import(${JSON.stringify(SUPPORT)});
const backend = await openBackend(${JSON.stringify(`embedded:${folder}`)}, { log: SILENT });
const queue = backend.createQueue('hot');
for (let at = 0; at < 10; at += 1) {
  await queue.addBulk(Array.from({ length: 20 }, (_, n) => ({ name: 'x', data: { at, n } })));
}
await queue.close();
await backend.close();
process.stdout.write(String(process.resourceUsage().maxRSS));
`;

test('openBackend() on a folder takes less than half a gigabyte, as no part of PGlite is optimized', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    USE,
  ]);

  // 200 MB; 700 with the optimizing compiler.
  expect(Number(stdout) / 1_024).toBeLessThan(450);
}, 120_000);
