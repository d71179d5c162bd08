// Run by node: child-folder.ts FOLDER. Opens the folder's queue, adds jobs for ever and works on them, and prints one
// line an added job and one a pass. To be killed.
import { randomUUID } from 'node:crypto';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { aSet, inSync, pause, SILENT } from './support.ts';

const [, , folder = ''] = process.argv;

function say(fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

try {
  const backend = await openBackend(`embedded:${folder}`, { log: SILENT });
  const engine = createEngine({
    backend,
    roles: new Set(['worker']),
    accounts: [{ name: 'swr', concurrency: 5 }],
    policies: () => aSet('1'),
    async *discover() {},
    async reconcile({ target }) {
      await pause(Math.random() * 20);
      say({ event: 'passed', path: target.path });
      return inSync(target);
    },
    onReport() {},
    log: SILENT,
    now: () => new Date(),
    newId: () => randomUUID(),
    settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
  });
  await engine.start();
  const life = randomUUID();
  for (let added = 0; ; added += 1) {
    const path = `${life}/${added}`;
    await engine.trigger({ account: 'swr', path }, 'webhook');
    say({ event: 'added', path });
  }
} catch (error) {
  say({ event: 'refused', message: error instanceof Error ? error.message : String(error) });
}
