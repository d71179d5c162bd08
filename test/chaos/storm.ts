import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultKind, RandomFaults } from '../../src/simulator/faults.ts';
import { unrecordedWrites } from './console.ts';
import { fleetOf, targetsOf } from './fleet.ts';
import { brokenPromises, type Outcome, type Promises } from './outcome.ts';
import { type DisturbanceType, disturb, drawSchedule } from './schedule.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** A fleet out of place, faults, and disturbances until it is in place. */
export interface Storm {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly workers?: number;
  readonly faults: Omit<RandomFaults, 'seed'> | null;
  /** Milliseconds every answer of a cloud takes. */
  readonly latencyMs?: number;
  readonly disturbances: readonly DisturbanceType[];
  readonly everyMs: number;
  readonly times: number;
  readonly lastingMs?: number;
  readonly world?: Partial<WorldOptions>;
  readonly promises: Promises;
  /** Drift the fleet anew until the schedule is used up, however fast it heals. */
  readonly untilUsedUp?: boolean;
  /** The disturbances take the history, too. */
  readonly forgetful?: boolean;
  /** How long to wait for the fleet to be in place. */
  readonly giveUpMs?: number;
  /** Also wait for the locks of killed workers to end, and look for late writes. */
  readonly settle: boolean;
}

/** Half of what fails was executed. */
export const SERVER_ERRORS: readonly FaultKind[] = ['before', 'after'];
/** The whole menu; half of what fails was executed. */
export const MENU: readonly FaultKind[] = [
  ...(['before', 'hang', 'reset', 'html', '429'] as const),
  ...(['after', 'hang-after', 'reset-after', 'truncate', 'after'] as const),
];

const GIVE_UP_MS = 240_000;
/** Lock, stalled check and some: by then every job of a killed worker was taken over. */
const SETTLE_MS = 30_000;
const LOOK_MS = 500;
const DRIFT_MS = 500;

export async function runStorm(storm: Storm): Promise<Outcome> {
  await using world = await createWorld({
    seed: storm.seed,
    size: fleetOf(storm.targets),
    workers: storm.workers ?? 3,
    ...storm.world,
  });
  const { clouds } = world;
  await clouds.latency(storm.latencyMs ?? 0);
  if (storm.faults !== null) await clouds.faults({ ...storm.faults, seed: storm.seed });
  await world.startAll();
  const startedAt = performance.now();
  const calm = new AbortController();
  const schedule = drawSchedule(world.random, {
    types: storm.disturbances,
    everyMs: storm.everyMs,
    times: storm.times,
    workers: world.workers.length,
    ...(storm.lastingMs === undefined ? {} : { lastingMs: storm.lastingMs }),
  });
  const weather = disturb(world, schedule, calm.signal);
  const problems: string[] = [];
  const converge = async (): Promise<void> => {
    await world
      .converged(storm.giveUpMs ?? GIVE_UP_MS)
      .catch((error: unknown) => problems.push(String(error)));
  };
  await converge();
  if (storm.untilUsedUp === true) {
    await keepBusy(world, weather);
    await converge();
  }
  const convergedAt = performance.now();
  calm.abort();
  const { done, lastAt, badStops } = await weather;
  const { requests } = await clouds.status();
  await clouds.faults(null);
  if (storm.settle) problems.push(...(await settle(world)));
  const unrecorded = storm.forgetful === true ? [] : await unrecordedWrites(world);
  if (unrecorded.length > 0)
    problems.push(`in no recorded run: ${unrecorded.slice(0, 5).join(', ')}`);
  const judged = {
    verdict: await clouds.verdict(),
    failedJobs: (await world.jobs()).failed,
    recoveredMs: lastAt === null || lastAt > convergedAt ? null : convergedAt - lastAt,
    totalMs: convergedAt - startedAt,
  };
  return {
    scenario: storm.scenario,
    seed: storm.seed,
    ...judged,
    figures: { disturbances: done, requests },
    problems: [...problems, ...badStops, ...brokenPromises(judged, world, storm.promises)],
  };
}

/** Makes targets wrong, some at a time, while the schedule lasts. */
async function keepBusy({ clouds, size, random }: World, weather: Promise<unknown>): Promise<void> {
  const over = weather.then(() => true);
  const targets = targetsOf(size);
  while (!(await Promise.race([over, sleep(DRIFT_MS, false)]))) {
    const some = Array.from({ length: targets / 50 }, () => Math.floor(random() * targets));
    await clouds.drift(some);
  }
}

/** Waits until nothing is queued or running any more. */
export async function settle(world: World): Promise<string[]> {
  const until = performance.now() + SETTLE_MS;
  for (;;) {
    const { waiting, active } = await world.jobs();
    if (waiting + active === 0) return [];
    if (performance.now() > until) return [`${waiting} jobs waiting and ${active} active at rest`];
    await sleep(LOOK_MS);
  }
}
