/**
 * Resident memory and processor time of idle services that know 0, 10,000 and 100,000 targets: scheduler, worker and all in
 * one on Redis, all in one on the embedded queue. A cloud has so many images, a policy selects them, and services that were
 * stopped since have swept them: every one is on record. Arguments: how many targets, and for how long each is watched in
 * seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BenchService,
  called,
  type Deployment,
  type DeploymentOptions,
  deploy,
} from './support/deployment.ts';
import { shown } from './support/figures.ts';
import { IMAGES_ONLY } from './support/fleet.ts';
import { processorMs, residentMb } from './support/process-figures.ts';
import { openBenchQueue } from './support/queue.ts';
import { report, type Wanted } from './support/rows.ts';

const SIZES = (process.argv[2] ?? '0,10000,100000').split(',').map(Number);
const WATCHED_S = Number(process.argv[3] ?? 20);
/** Until what the start left is collected. */
const SETTLE_MS = 12_000;
const LARGEST = 100_000;
const QUERY = 'ims.ListImageByTags';
const MOST_MB = 160;
const MOST_SHARE = 1;

for (const size of SIZES) await onRedis(size);
for (const size of SIZES) await embedded(size);

async function onRedis(size: number): Promise<void> {
  await using deployment = await deploy(fleetOf(size));
  await sweepOnce(deployment, size, ['scheduler', 'worker']);
  const services = new Map<string, BenchService>();
  for (const role of ['scheduler', 'worker', 'all']) {
    services.set(role, await deployment.start(role));
  }
  await watch(deployment, size, services);
}

async function embedded(size: number): Promise<void> {
  await using deployment = await deploy({ ...fleetOf(size), embedded: true });
  await sweepOnce(deployment, size, ['all']);
  await watch(deployment, size, new Map([['all', await deployment.start('all')]]));
}

function fleetOf(size: number): DeploymentOptions {
  return { fleet: { images: size }, concurrency: 10, policies: IMAGES_ONLY };
}

/** Lets services make the first sweep and stops them, so that none that is watched has its memory. */
async function sweepOnce(
  deployment: Deployment,
  size: number,
  roles: readonly string[],
): Promise<void> {
  const services: BenchService[] = [];
  for (const role of roles) services.push(await deployment.start(role));
  const { cloud } = deployment;
  await called(cloud, QUERY, 1);
  await swept(deployment, services, size);
  for (const service of services) await service.stop();
  await cloud.ask({ type: 'forget' });
}

/** Resolves when the sweep is over; throws unless every target is on record. */
async function swept(
  { redis }: Deployment,
  services: readonly BenchService[],
  size: number,
): Promise<void> {
  if (redis === null) {
    await Promise.all(services.map(async (service) => await service.expectKnown(size)));
    return;
  }
  await using queue = await openBenchQueue(redis.url);
  await queue.idle();
  await queue.expectKnown(size);
}

async function watch(
  deployment: Deployment,
  size: number,
  services: ReadonlyMap<string, BenchService>,
): Promise<void> {
  const kind = deployment.redis === null ? 'embedded' : 'Redis';
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
  await swept(deployment, [...services.values()], size);
  const { byOperation } = await deployment.cloud.ask({ type: 'figures' });
  if (byOperation[QUERY] !== undefined) throw new Error('services that were watched made a sweep');
}
