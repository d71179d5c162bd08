/**
 * Resident memory and processor time of idle services that know 0, 10,000 and 100,000 targets: scheduler, worker and all in
 * one on Redis, all in one on the embedded queue. Arguments: how many targets, and for how long each is watched in seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openBackend } from '../src/queue/backend.ts';
import { SILENT } from '../src/queue/log.ts';
import { openStore } from '../src/store/open.ts';
import { type BenchService, type Deployment, deploy } from './support/deployment.ts';
import { shown } from './support/figures.ts';
import { knowTargets } from './support/known-targets.ts';
import { processorMs, residentMb } from './support/process-figures.ts';
import { report, type Wanted } from './support/rows.ts';

const SIZES = (process.argv[2] ?? '0,10000,100000').split(',').map(Number);
const WATCHED_S = Number(process.argv[3] ?? 20);
/** Until what the start left is collected. */
const SETTLE_MS = 12_000;
const LARGEST = 100_000;
const MOST_MB = 160;
const MOST_SHARE = 1;

for (const size of SIZES) await onRedis(size);
for (const size of SIZES) await embedded(size);

async function onRedis(size: number): Promise<void> {
  await using deployment = await deploy({ fleet: {}, concurrency: 10 });
  await fill(deployment.redis?.url ?? '', size);
  const services = new Map<string, BenchService>();
  for (const role of ['scheduler', 'worker', 'all']) {
    services.set(role, await deployment.start(role));
  }
  await watch('Redis', size, services);
}

async function embedded(size: number): Promise<void> {
  await using deployment: Deployment = await deploy({ fleet: {}, concurrency: 10, embedded: true });
  await fill(`embedded:${deployment.workspace.folder}/queue`, size);
  await watch('embedded', size, new Map([['all', await deployment.start('all')]]));
}

async function fill(url: string, size: number): Promise<void> {
  const backend = await openBackend(url, { log: SILENT });
  try {
    await knowTargets(backend.storage, await openStore(backend.storage), size);
  } finally {
    await backend.close();
  }
}

async function watch(
  kind: string,
  size: number,
  services: ReadonlyMap<string, BenchService>,
): Promise<void> {
  await sleep(SETTLE_MS);
  const before = new Map([...services].map(([role, { pid }]) => [role, processorMs(pid)]));
  await sleep(WATCHED_S * 1_000);
  for (const [role, { pid }] of services) {
    const share = (processorMs(pid) - (before.get(role) ?? 0)) / (WATCHED_S * 10);
    const isLimited = role === 'scheduler' && size === LARGEST;
    const most = (value: number): Wanted | null => (isLimited ? { limit: 'at most', value } : null);
    const what = `${role}, ${kind}, ${size.toLocaleString('en-US')} targets`;
    report({
      bench: 'memory',
      what,
      value: residentMb(pid),
      unit: 'MB',
      wanted: most(MOST_MB),
      figures: `${shown(share)} % of a core`,
    });
    if (!isLimited) continue;
    report({
      bench: 'memory',
      what: `${what}, at rest`,
      value: share,
      unit: '% of a core',
      wanted: most(MOST_SHARE),
      figures: `over ${WATCHED_S} s`,
    });
  }
}
