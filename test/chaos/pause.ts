import { setTimeout as sleep } from 'node:timers/promises';
import { readStatus, tagwarden } from './console.ts';
import { fleetOf } from './fleet.ts';
import { brokenPromises, type Outcome } from './outcome.ts';
import { createWorld, type World } from './world.ts';

/** Somebody pulls the brake under full load, everything restarts, and it still holds. */
export interface PauseRun {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly latencyMs: number;
}

/** R23: what a pause may take to reach every worker. */
const REACH_MS = 2_000;
const CONVERGE_MS = 120_000;
/** Longer than one sweep, so that workers plan and meet the pause again. */
const HELD_MS = 14_000;

export async function runPause(run: PauseRun): Promise<Outcome> {
  await using world = await createWorld({
    seed: run.seed,
    size: fleetOf(run.targets),
    workers: 3,
    interval: '10s',
    concurrency: 10,
  });
  const { clouds, workers, schedulers, redis } = world;
  await clouds.latency(run.latencyMs);
  await world.startAll();
  const startedAt = performance.now();
  await underWay(world);
  await tagwarden(world, ['pause', '--reason', 'chaos']);
  const pausedAt = Date.now();
  await sleep(REACH_MS * 2);
  const lastMs = (await lastWrite(world)) - pausedAt;

  const all = [...workers, ...schedulers];
  await Promise.all(all.map(async (one) => await one.kill()));
  await redis.kill();
  await redis.start();
  const before = (await clouds.status()).executed;
  await world.startAll();
  await sleep(HELD_MS);
  const held = (await clouds.status()).executed - before;
  const { paused } = await readStatus(world);
  await tagwarden(world, ['resume']);
  const problems: string[] = [];
  const resumedAt = performance.now();
  await world.converged(CONVERGE_MS).catch((error: unknown) => problems.push(String(error)));
  if (lastMs > REACH_MS) problems.push(`the last write came ${lastMs} ms after the pause`);
  if (held > 0) problems.push(`${held} writes after everything was restarted under a pause`);
  if (paused.length !== 1) problems.push(`status shows ${paused.length} pauses`);
  const judged = {
    verdict: await clouds.verdict(),
    failedJobs: (await world.jobs()).failed,
    recoveredMs: performance.now() - resumedAt,
    totalMs: performance.now() - startedAt,
  };
  return {
    scenario: run.scenario,
    seed: run.seed,
    ...judged,
    figures: { 'last write ms after pause': lastMs, 'writes before': before, 'while held': held },
    problems: [...problems, ...brokenPromises(judged, world, {})],
  };
}

/** Resolves once a good part of the writes is made. */
export async function underWay({ clouds }: World): Promise<void> {
  const { minimum } = await clouds.verdict();
  while ((await clouds.status()).executed < minimum / 8) await sleep(50);
}

async function lastWrite({ clouds }: World): Promise<number> {
  return Math.max(0, ...(await clouds.writes()).map(({ at }) => at));
}
