import { setTimeout as sleep } from 'node:timers/promises';
import { readStatus } from './console.ts';
import { fleetOf, targetsOf } from './fleet.ts';
import { brokenPromises, type Outcome } from './outcome.ts';
import { createWorld } from './world.ts';

/** A policy that would delete at every target: the fleet stops deleting, and everything else goes on. */
export interface BreakerRun {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly maxDeletesPerHour: number;
}

/** R4: deletes that were on their way when the circuit opened. */
const IN_FLIGHT = 20;
const REACH_MS = 2_000;
const PATIENCE_MS = 120_000;
/** More than two sweeps after it. */
const HELD_MS = 25_000;

export async function runBreaker(run: BreakerRun): Promise<Outcome> {
  await using world = await createWorld({
    seed: run.seed,
    size: fleetOf(run.targets),
    workers: 3,
    interval: '10s',
    concurrency: 10,
    guards: { maxDeletesPerHour: run.maxDeletesPerHour },
  });
  const { clouds } = world;
  await world.startAll();
  const startedAt = performance.now();
  const others = targetsOf(world.size) * 3;
  const writes = async (operation: string) =>
    (await clouds.writes()).filter(
      (write) => (write.operation === 'delete') === (operation === 'delete'),
    );
  while ((await writes('other')).length < others && performance.now() - startedAt < PATIENCE_MS) {
    await sleep(500);
  }
  await sleep(HELD_MS);
  const deletes = await writes('delete');
  const rest = (await writes('other')).length;
  const { paused } = await readStatus(world);
  const trippedAt = Date.parse(paused[0]?.since ?? '');
  const after = deletes.filter(({ at }) => at > trippedAt);
  const late = after.filter(({ at }) => at > trippedAt + REACH_MS);
  const problems: string[] = [];
  if (paused.length !== 1) problems.push(`status shows ${paused.length} pauses`);
  if (after.length > IN_FLIGHT) problems.push(`${after.length} deletes landed after the trip`);
  if (late.length > 0) problems.push(`${late.length} deletes landed more than 2 s after the trip`);
  if (deletes.length > run.maxDeletesPerHour) problems.push(`${deletes.length} deletes in all`);
  if (rest !== others) problems.push(`${rest} other writes, ${others} were wanted`);
  const verdict = await clouds.verdict();
  const judged = {
    // Targets that wait for their delete are not lost but held.
    verdict: { ...verdict, lost: [], minimum: others + deletes.length },
    // Passes that met the empty budget before the pause; the next sweep finds their targets held.
    failedJobs: [],
    recoveredMs: null,
    totalMs: performance.now() - startedAt,
  };
  return {
    scenario: run.scenario,
    seed: run.seed,
    ...judged,
    figures: {
      deletes: deletes.length,
      'after the trip': after.length,
      'later than 2 s': late.length,
      'failed jobs': (await world.jobs()).failed.length,
      held: verdict.lost.length,
    },
    problems: [...problems, ...brokenPromises(judged, world, {})],
  };
}
