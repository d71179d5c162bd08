import { setTimeout as sleep } from 'node:timers/promises';
import { fleetOf, targetsOf } from './fleet.ts';
import { brokenPromises, type Outcome } from './outcome.ts';
import { createWorld } from './world.ts';

/** Several schedulers, one of them killed now and then: every target is visited once an interval all the same. */
export interface Ticks {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly intervals: number;
  readonly killEvery: number;
}

const INTERVAL_MS = 10_000;
const CONVERGE_MS = 60_000;

export async function runTicks(ticks: Ticks): Promise<Outcome> {
  await using world = await createWorld({
    seed: ticks.seed,
    size: fleetOf(ticks.targets),
    workers: 2,
    schedulers: 3,
    interval: `${INTERVAL_MS / 1_000}s`,
  });
  const { clouds, schedulers } = world;
  await world.startAll();
  const startedAt = performance.now();
  await world.converged(CONVERGE_MS);
  const first = await clouds.verdict();
  await sleep(INTERVAL_MS);
  await clouds.forget();
  const countedFrom = performance.now();
  for (let passed = 1; passed <= ticks.intervals; passed += 1) {
    const victim = schedulers[Math.floor(world.random() * schedulers.length)];
    if (passed % ticks.killEvery === 0) {
      await victim?.kill();
      await victim?.start();
    }
    await sleep(Math.max(0, passed * INTERVAL_MS - (performance.now() - countedFrom)));
  }
  const { byOperation } = await clouds.status();
  const visits = (byOperation['ims.ListImageTags'] ?? 0) + (byOperation['swr.ListRepoTags'] ?? 0);
  const perTarget = visits / targetsOf(world.size);
  const verdict = await clouds.verdict();
  const judged = {
    verdict: { ...verdict, executed: first.executed + verdict.executed, minimum: first.minimum },
    failedJobs: (await world.jobs()).failed,
    recoveredMs: null,
    totalMs: performance.now() - startedAt,
  };
  const problems = brokenPromises(judged, world, { maxDuplicated: 0 });
  // A sweep may fall on either side of both ends of the count.
  if (Math.abs(perTarget - ticks.intervals) > 1) {
    problems.push(`${perTarget} visits of each target in ${ticks.intervals} intervals`);
  }
  return {
    scenario: ticks.scenario,
    seed: ticks.seed,
    ...judged,
    figures: { intervals: ticks.intervals, 'visits of each target': perTarget.toFixed(2) },
    problems,
  };
}
