/**
 * What scheduled sweeps of large fleets cost: API calls, time over a bare loop that fetches as many of the same pages, memory
 * over idle. 100,000 images in a first sweep, in sync and with 1 % drift; 2,000 repositories in sync and with 1 % drift.
 */
import { request } from 'undici';
import { signHuawei } from '../src/http/sign-huawei.ts';
import { KEYS } from '../test/support/workspace.ts';
import { type ExpectedCalls, expectCalls } from './support/counted.ts';
import { type BenchService, called, type Deployment, deploy } from './support/deployment.ts';
import { median, shown } from './support/figures.ts';
import { IMAGES_ONLY, REPOSITORIES_POLICY } from './support/fleet.ts';
import { peakMbDuring, processorMs, residentMb } from './support/process-figures.ts';
import { type BenchQueue, openBenchQueue } from './support/queue.ts';
import { report } from './support/rows.ts';

const IMAGES = Number(process.argv[2] ?? 100_000);
const REPOSITORIES = Number(process.argv[3] ?? 2_000);
const ROUNDS = Number(process.argv[4] ?? 5);
const PAGE = 1_000;
const PAGES = Math.ceil(IMAGES / PAGE);
const DRIFTED = 0.01;
const MOST_MB = 200;
const bench = 'sweep-images';

const PAGE_CALL = 'ims.ListImageByTags';

/** Of images in sync: the pages and, as every one of them has a tag, a count of those without. */
const IN_SYNC: ExpectedCalls = { [PAGE_CALL]: PAGES + 1 };

await images();
if (REPOSITORIES > 0) await repositories();

interface Running {
  readonly deployment: Deployment;
  readonly worker: BenchService;
  readonly queue: BenchQueue;
}

interface Swept {
  readonly ms: number;
  /** Of the worker. */
  readonly processorMs: number;
  readonly calls: number;
  readonly told: string;
  /** Of the worker, over what it had right before. */
  readonly overIdleMb: number;
}

async function images(): Promise<void> {
  await using deployment = await deploy({
    fleet: { images: IMAGES },
    concurrency: 50,
    policies: IMAGES_ONLY,
  });
  const worker = await deployment.start('worker');
  await using queue = await openBenchQueue(deployment.redis?.url ?? '');
  const running = { deployment, worker, queue };
  const name = `${shownCount(IMAGES)} images`;

  const first = await measure(running, `first sweep of ${name}`, IN_SYNC, async () => {
    await deployment.start('scheduler');
    await called(deployment.cloud, PAGE_CALL, 1);
  });
  await queue.expectKnown(IMAGES);
  tellMemory(`first sweep of ${name}`, first.overIdleMb, figuresOf(first));

  const rounds: (Swept & { readonly bareMs: number })[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const bareMs = await timeOf(async () => await fetchPages(deployment.cloud.endpoints.ims));
    const swept = await sweep(running, 'images', IN_SYNC);
    // The round before the first one only warms up, the bare loop as well.
    if (round >= 0) rounds.push({ ...swept, bareMs });
  }
  tellInSync(name, rounds);

  const drifted = Math.round(IMAGES * DRIFTED);
  await deployment.cloud.ask({ type: 'drift-images', count: drifted });
  const calls: ExpectedCalls = {
    ...IN_SYNC,
    'ims.ListImageTags': [drifted, 3 * drifted],
    'ims.AddImageTag': drifted,
  };
  tellCalls(`${name}, 1 % drifted`, await sweep(running, 'images', calls));
  await queue.expectKnown(IMAGES);
}

function tellInSync(name: string, rounds: readonly (Swept & { readonly bareMs: number })[]): void {
  const what = `${name} in sync`;
  report({
    bench,
    what: `${what}: API calls`,
    value: median(rounds.map(({ calls }) => calls)),
    unit: 'calls',
    wanted: { limit: 'at most', value: (110 * IMAGES) / 100_000 },
    figures: rounds.at(-1)?.told ?? '',
  });
  const own = shown(median(rounds.map(({ ms }) => ms)) / 1_000);
  const bare = shown(median(rounds.map(({ bareMs }) => bareMs)) / 1_000);
  const processor = shown(median(rounds.map((one) => one.processorMs)) / 1_000);
  const ratios = rounds.map(({ ms, bareMs }) => ms / bareMs);
  report({
    bench,
    what: `${what}: time over a bare loop of the pages`,
    value: median(ratios),
    unit: 'x',
    wanted: { limit: 'at most', value: 1.5 },
    figures: `${own} s (processor ${processor} s), bare loop ${bare} s; ${ratios.map(shown).join(', ')}`,
  });
  const most = Math.max(...rounds.map(({ overIdleMb }) => overIdleMb));
  tellMemory(what, most, `the most of ${rounds.length} sweeps`);
}

async function repositories(): Promise<void> {
  await using deployment = await deploy({
    fleet: { repositories: REPOSITORIES },
    concurrency: 50,
    policies: { 'repositories.yaml': REPOSITORIES_POLICY },
  });
  const worker = await deployment.start('worker');
  await using queue = await openBenchQueue(deployment.redis?.url ?? '');
  await deployment.start('scheduler');
  // The first sweep visits all of them, as nobody knows them.
  await called(deployment.cloud, 'swr.ListRepos', 1);
  await queue.idle();
  await queue.expectKnown(REPOSITORIES);
  const running = { deployment, worker, queue };
  const name = `${shownCount(REPOSITORIES)} repositories`;
  const pages = [1, Math.ceil(REPOSITORIES / 100)] as const;
  const lists: ExpectedCalls = { 'swr.ListRepos': pages };
  tellCalls(`${name} in sync`, await sweep(running, 'repositories', lists));
  const drifted = Math.round(REPOSITORIES * DRIFTED);
  await deployment.cloud.ask({ type: 'drift-repositories', count: drifted });
  const calls: ExpectedCalls = {
    ...lists,
    'swr.ListRepoTags': [drifted, 9 * drifted],
    'swr.CreateRepoTag': drifted,
  };
  tellCalls(`${name}, 1 % drifted`, await sweep(running, 'repositories', calls));
}

function tellCalls(what: string, swept: Swept): void {
  const figures = `${swept.told}; ${figuresOf(swept)}`;
  report({
    bench,
    what: `${what}: API calls`,
    value: swept.calls,
    unit: 'calls',
    wanted: null,
    figures,
  });
}

function tellMemory(what: string, value: number, figures: string): void {
  const wanted = { limit: 'at most', value: MOST_MB } as const;
  report({
    bench,
    what: `${what}: memory of the worker over idle`,
    value,
    unit: 'MB',
    wanted,
    figures,
  });
}

function figuresOf({ ms, processorMs: ofProcessor }: Swept): string {
  return `${shown(ms / 1_000)} s, processor ${shown(ofProcessor / 1_000)} s`;
}

async function sweep(running: Running, policy: string, expected: ExpectedCalls): Promise<Swept> {
  const work = async () => await running.queue.sweep(policy);
  return await measure(running, `sweep of ${policy}`, expected, work);
}

/** What it costs until everything that `ask` asked for is done. */
async function measure(
  { deployment: { cloud }, worker, queue }: Running,
  what: string,
  expected: ExpectedCalls,
  ask: () => Promise<void>,
): Promise<Swept> {
  await cloud.ask({ type: 'forget' });
  const [idleMb, before] = [residentMb(worker.pid), processorMs(worker.pid)];
  let ms = 0;
  const peakMb = await peakMbDuring(worker.pid, async () => {
    ms = await timeOf(async () => {
      await ask();
      await queue.idle();
    });
  });
  const figures = await cloud.ask({ type: 'figures' });
  expectCalls(what, figures, expected);
  const told = Object.entries(figures.byOperation)
    .map(([operation, count]) => `${shownCount(count)} ${operation}`)
    .join(', ');
  const spentMs = processorMs(worker.pid) - before;
  return { ms, processorMs: spentMs, calls: figures.total, told, overIdleMb: peakMb - idleMb };
}

/** The pages that the images are read in, one after the other, as text and as JSON. */
async function fetchPages(endpoint: string): Promise<void> {
  const { host, origin } = new URL(endpoint);
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
