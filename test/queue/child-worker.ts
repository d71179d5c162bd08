// Run by node: child-worker.ts URL PREFIX ACCOUNT. A worker whose pass over a target never ends by itself:
// it makes a "write" every 50 ms, each behind checkLease(). Prints one JSON line an event.
import { randomUUID } from 'node:crypto';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { aSet, pause, SILENT } from './support.ts';

const [, , url = '', prefix = '', account = ''] = process.argv;

function say(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

const backend = await openBackend(url, { log: SILENT, prefix });
const engine = createEngine({
  backend,
  roles: new Set(['worker']),
  accounts: [{ name: account, concurrency: 1 }],
  policies: () => aSet('1'),
  async *discover() {},
  async reconcile({ target, attempt }, { checkLease }) {
    say('start', { path: target.path, attempt });
    for (;;) {
      await pause(50);
      try {
        checkLease();
      } catch (error) {
        say('fenced', { message: error instanceof Error ? error.message : '' });
        throw error;
      }
      say('write');
    }
  },
  onReport() {},
  log: SILENT,
  now: () => new Date(),
  newId: () => randomUUID(),
  settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
});
await engine.start();
await engine.trigger({ account, path: 'shop/web' }, 'manual');
say('ready');
