/**
 * What sweeps of large fleets cost: API calls, time over a bare loop that fetches as many of the same pages, memory over
 * idle. 100,000 images and 2,000 repositories, in sync and with 1 % drift.
 */
import { request } from 'undici';
import { signHuawei } from '../src/http/sign-huawei.ts';
import { KEYS } from '../test/support/workspace.ts';
import { type BenchService, deploy } from './support/deployment.ts';
import { median, shown } from './support/figures.ts';
import { peakMbDuring, residentMb } from './support/process-figures.ts';
import { type BenchQueue, openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const IMAGES = Number(process.argv[2] ?? 100_000);
const REPOSITORIES = Number(process.argv[3] ?? 2_000);
const ROUNDS = Number(process.argv[4] ?? 5);
const PAGE = 1_000;
const DRIFTED = 0.01;
const MOST_MB = 200;
const bench = 'sweep-images';

await using deployment = await deploy({
  fleet: { images: IMAGES, repositories: REPOSITORIES },
  concurrency: 50,
});
const { cloud, redis } = deployment;
const service = await deployment.start('scheduler,api');
const worker = await deployment.start('worker');
await using queue = await openBenchQueue(redis?.url ?? '');
const running = { service, worker, queue };
// The first sweeps, of targets nobody knew.
await queue.idle();

await images();
await repositories();

interface Running {
  readonly service: BenchService;
  readonly worker: BenchService;
  readonly queue: BenchQueue;
}

interface Swept {
  readonly ms: number;
  readonly calls: number;
  readonly told: string;
  /** Of the worker, over what it had right before. */
  readonly overIdleMb: number;
}

async function images(): Promise<void> {
  const rounds: (Swept & { readonly bareMs: number })[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bareMs = await timeOf(fetchPages);
    rounds.push({ ...(await sweep(running, 'images')), bareMs });
  }
  const last = rounds.at(-1);
  const name = `${shownCount(IMAGES)} images in sync`;
  const times = `${shown(median(rounds.map(({ ms }) => ms)) / 1_000)} s, bare loop ${shown(median(rounds.map(({ bareMs }) => bareMs)) / 1_000)} s`;
  report({
    bench,
    what: `${name}: API calls`,
    value: median(rounds.map(({ calls }) => calls)),
    unit: 'calls',
    wanted: { limit: 'at most', value: (110 * IMAGES) / 100_000 },
    figures: last?.told ?? '',
  });
  report({
    bench,
    what: `${name}: time over a bare loop of the pages`,
    value: median(rounds.map(({ ms, bareMs }) => ms / bareMs)),
    unit: 'x',
    wanted: { limit: 'at most', value: 1.5 },
    figures: `${times}; ${rounds.map(({ ms, bareMs }) => shown(ms / bareMs)).join(', ')}`,
  });
  report({
    bench,
    what: `${name}: memory of the worker over idle`,
    value: Math.max(...rounds.map(({ overIdleMb }) => overIdleMb)),
    unit: 'MB',
    wanted: { limit: 'at most', value: MOST_MB },
    figures: `peak of ${ROUNDS} sweeps`,
  });
  const drifted = Math.round(IMAGES * DRIFTED);
  await cloud.ask({ type: 'drift-images', count: drifted });
  tellCalls(`${shownCount(IMAGES)} images, 1 % drifted`, drifted, await sweep(running, 'images'));
}

async function repositories(): Promise<void> {
  const name = `${shownCount(REPOSITORIES)} repositories`;
  tellCalls(`${name} in sync`, 0, await sweep(running, 'repositories'));
  const drifted = Math.round(REPOSITORIES * DRIFTED);
  await cloud.ask({ type: 'drift-repositories', count: drifted });
  tellCalls(`${name}, 1 % drifted`, drifted, await sweep(running, 'repositories'));
}

function tellCalls(what: string, drifted: number, { ms, calls, told }: Swept): void {
  const figures = `${told}; ${shown(ms / 1_000)} s${drifted > 0 ? `, ${drifted} drifted` : ''}`;
  report({ bench, what: `${what}: API calls`, value: calls, unit: 'calls', wanted: null, figures });
}

async function sweep({ service, worker, queue }: Running, policy: string): Promise<Swept> {
  await cloud.ask({ type: 'forget' });
  const idleMb = residentMb(worker.pid);
  let ms = 0;
  const peakMb = await peakMbDuring(worker.pid, async () => {
    ms = await timeOf(async () => {
      await service.sweep(policy);
      await queue.idle();
    });
  });
  const { total, byOperation } = await cloud.ask({ type: 'figures' });
  const told = Object.entries(byOperation)
    .map(([operation, count]) => `${shownCount(count)} ${operation}`)
    .join(', ');
  return { ms, calls: total, told, overIdleMb: peakMb - idleMb };
}

/** The pages that the images are read in, one after the other, as text and as JSON. */
async function fetchPages(): Promise<void> {
  const { host, origin } = new URL(cloud.endpoints.ims);
  const segments = ['v2', KEYS.projectId, 'images', 'resource_instances', 'action'];
  for (let offset = 0; offset < IMAGES; offset += PAGE) {
    const body = JSON.stringify({ action: 'filter', limit: String(PAGE), offset: String(offset) });
    const headers = { 'Content-Type': 'application/json', 'X-Project-Id': KEYS.projectId };
    const question = { method: 'POST', host, segments, query: [], headers, body };
    const answer = await request(`${origin}/${segments.join('/')}`, {
      method: 'POST',
      headers: { ...headers, ...signHuawei(question, KEYS, new Date()) },
      body,
    });
    const { resources } = JSON.parse(await answer.body.text());
    if (resources.length !== Math.min(PAGE, IMAGES - offset)) throw new Error('a page is short');
  }
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function shownCount(count: number): string {
  return count.toLocaleString('en-US');
}
