// Run by node: child-poison.ts URL PREFIX ACCOUNT. A worker as the service makes it, over a registry in which the
// target "poison" takes every process down that lists it. Prints one JSON line for each pass and before it dies.
import { randomUUID } from 'node:crypto';
import { NO_NOTIFICATIONS } from '../../src/notify/open.ts';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { createPass } from '../../src/service/pass.ts';
import { openStore } from '../../src/store/open.ts';
import { pause, SILENT } from '../queue/support.ts';
import { anObserver } from '../service/service-bench.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { anImagePolicy, IMAGE_CAPABILITIES } from '../support/policies.ts';

const [, , url = '', prefix = '', account = ''] = process.argv;

function say(event: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

const backend = await openBackend(url, { log: SILENT, prefix });
const store = await openStore(backend.storage);
const provider = createMemoryProvider([], IMAGE_CAPABILITIES);
provider.list = async (target) => {
  if (target.path === 'poison') {
    say('crash', { pid: process.pid });
    process.kill(process.pid, 'SIGKILL');
  }
  await pause(20);
  return { target, tags: [] };
};
const targets = [{ account, repositories: ['**'], exclude: [] }];
const set = { revision: 'sha256:1', policies: [anImagePolicy({ targets })], tests: [] } as const;
const now = (): Date => new Date();
const log = { ...SILENT, child: () => log };
const engine = createEngine({
  backend,
  roles: new Set(['worker']),
  accounts: [{ name: account, concurrency: 10 }],
  policies: () => set,
  async *discover() {},
  reconcile: createPass({
    config: { guards: { maxDeletePercent: 30, maxDeletesPerHour: 500, maxFleetDeletePercent: 10 } },
    clouds: { providers: new Map([[account, provider]]), protect: () => [], now },
    source: { current: () => set },
    store,
    holds: { reason: () => null, refresh: async () => undefined },
    log,
    audit: null,
    observer: anObserver(),
    notifications: NO_NOTIFICATIONS,
    process: randomUUID(),
    newId: () => randomUUID(),
    random: Math.random,
  }),
  onReport: ({ target, status }) => say('pass', { path: target.path, status }),
  onEvent: ({ type }) => say(type, {}),
  log: SILENT,
  now,
  newId: () => randomUUID(),
  settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
});
await engine.start();
say('ready', {});
