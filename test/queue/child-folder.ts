// Run by node: child-folder.ts FOLDER. Opens the folder's queue, adds jobs for ever, prints one line an added job,
// and holds one pass that never ends. To be killed.
import { randomUUID } from 'node:crypto';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { aSet, SILENT } from './support.ts';

const [, , folder = ''] = process.argv;

function say(fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

try {
  const backend = await openBackend(`embedded:${folder}`, { log: SILENT });
  const engine = createEngine({
    backend,
    roles: new Set(['worker']),
    accounts: [{ name: 'swr', concurrency: 1 }],
    policies: () => aSet('1'),
    async *discover() {},
    async reconcile({ target }) {
      say({ event: 'start', path: target.path });
      return await new Promise(() => {});
    },
    onReport() {},
    log: SILENT,
    now: () => new Date(),
    newId: () => randomUUID(),
    settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
  });
  await engine.start();
  for (let added = 0; ; added += 1) {
    await engine.trigger({ account: 'swr', path: `shop/${added}` }, 'webhook');
    say({ event: 'added', path: `shop/${added}` });
  }
} catch (error) {
  say({ event: 'refused', message: error instanceof Error ? error.message : String(error) });
}
