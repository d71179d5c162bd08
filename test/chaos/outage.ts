import { setTimeout as sleep } from 'node:timers/promises';
import { createProducer } from './events.ts';
import { fleetOf } from './fleet.ts';
import { brokenPromises, type Outcome, type Promises } from './outcome.ts';
import { disturb } from './schedule.ts';
import { createWorld, type World } from './world.ts';

/** Events under way while the queue goes away and comes back, again and again; no sweep heals what is lost. */
export interface Outage {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly type: 'redis-down' | 'black-hole';
  readonly rounds: number;
  readonly downMs: number;
  readonly eventsEveryMs: number;
  /** Workers ask the clouds again this long after the queue is back. */
  readonly maxResumeMs: number;
  readonly promises: Promises;
  readonly fsync?: 'always' | 'everysec';
}

const CONVERGE_MS = 120_000;
const CALM_MS = 2_000;
const LOOK_MS = 50;
const PROBE_MS = 500;
const LONGEST_PROBE_MS = 5_000;
/** Our own deadline of 2 s, and what a busy machine adds. */
const LONGEST_ADD_MS = 3_500;

export async function runOutage(outage: Outage): Promise<Outcome> {
  await using world = await createWorld({
    seed: outage.seed,
    size: fleetOf(outage.targets),
    workers: 3,
    interval: '12h',
    ...(outage.fsync === undefined ? {} : { fsync: outage.fsync }),
  });
  await world.startAll();
  const startedAt = performance.now();
  await world.converged(CONVERGE_MS);
  await using producer = await createProducer(world);
  const stop = new AbortController();
  const producing = producer.produce(outage.eventsEveryMs, stop.signal);
  const probing = probe(world, stop.signal);
  const resumedMs: number[] = [];
  for (let round = 0; round < outage.rounds; round += 1) {
    await sleep(CALM_MS);
    await disturb(world, [{ type: outage.type, at: 0, ms: outage.downMs }], stop.signal);
    resumedMs.push(await resumed(world, outage.maxResumeMs * 3));
    await producer.sendRest();
  }
  stop.abort();
  await producing;
  // Whatever is still wrong after this was acknowledged: nothing but its event can have brought a worker there.
  await producer.sendRest();
  const problems: string[] = [];
  await world.converged(CONVERGE_MS).catch((error: unknown) => problems.push(String(error)));
  const slowest = Math.max(...resumedMs);
  const probes = await probing;
  if (slowest > outage.maxResumeMs) problems.push(`workers resumed after ${slowest} ms`);
  if (probes.bad.length > 0) problems.push(`liveness: ${probes.bad.slice(0, 5).join('; ')}`);
  if (producer.slowestMs > LONGEST_ADD_MS) problems.push(`an add took ${producer.slowestMs} ms`);
  const judged = {
    verdict: await world.clouds.verdict(),
    failedJobs: (await world.jobs()).failed,
    recoveredMs: slowest,
    totalMs: performance.now() - startedAt,
  };
  const figures = {
    outages: outage.rounds,
    acknowledged: producer.acknowledged,
    refused: producer.refused,
    'slowest add ms': producer.slowestMs,
    'resumed ms': resumedMs.join(' '),
    probes: probes.count,
  };
  const broken = brokenPromises(judged, world, outage.promises);
  return {
    scenario: outage.scenario,
    seed: outage.seed,
    ...judged,
    figures,
    problems: [...problems, ...broken],
  };
}

/** Milliseconds from now until a worker asks the clouds something again, or the patience. */
async function resumed({ clouds }: World, patienceMs: number): Promise<number> {
  const backAt = Date.now();
  for (;;) {
    const { lastRequestAt } = await clouds.status();
    if (lastRequestAt > backAt) return lastRequestAt - backAt;
    if (Date.now() - backAt > patienceMs) return patienceMs;
    await sleep(LOOK_MS);
  }
}

/** Asks every process for its liveness, all along. */
async function probe(
  { workers, schedulers }: World,
  signal: AbortSignal,
): Promise<{ readonly count: number; readonly bad: readonly string[] }> {
  const bad: string[] = [];
  let count = 0;
  while (!signal.aborted) {
    await Promise.all(
      [...workers, ...schedulers].map(async ({ name, url }) => {
        count += 1;
        const found = await liveness(`${url}/livez`);
        if (found !== '200') bad.push(`${name} ${found}`);
      }),
    );
    await sleep(PROBE_MS, null, { signal }).catch(() => null);
  }
  return { count, bad };
}

async function liveness(url: string): Promise<string> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(LONGEST_PROBE_MS) });
    return String(status);
  } catch (error) {
    return String(error);
  }
}
