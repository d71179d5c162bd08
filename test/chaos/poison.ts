import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStatus, tagwarden } from './console.ts';
import { fleetOf, imageId } from './fleet.ts';
import { brokenPromises, type Outcome } from './outcome.ts';
import { createWorld, type World } from './world.ts';

/** One target that takes every worker down which looks at it. */
export interface PoisonRun {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  /** For all other targets. */
  readonly maxOthersMs: number;
}

/** Crashes within an hour after which a target is left alone. */
const CRASHES = 5;
const PATIENCE_MS = 300_000;
/** Two sweeps and a lock: time enough for another crash. */
const WATCHED_MS = 40_000;
const CONVERGE_MS = 60_000;

export async function runPoison(run: PoisonRun): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-poison-'));
  const flag = join(folder, 'poison');
  await writeFile(flag, '');
  const poisoned = imageId(0);
  const preload = new URL('./child-poison.ts', import.meta.url).href;
  try {
    await using world = await createWorld({
      seed: run.seed,
      size: fleetOf(run.targets),
      workers: 3,
      interval: '10s',
      env: { NODE_OPTIONS: `--import ${preload}`, CHAOS_POISON: `${flag} ${poisoned}/tags` },
    });
    const stop = new AbortController();
    const watch = keepAlive(world, stop.signal);
    try {
      return await poison(world, run, async () => await rm(flag));
    } finally {
      stop.abort();
      await watch;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function poison(world: World, run: PoisonRun, cure: () => Promise<void>): Promise<Outcome> {
  const { clouds, tally } = world;
  await world.startAll();
  const startedAt = performance.now();
  const problems: string[] = [];
  const others = await reached(async () => (await clouds.status()).outOfPlace <= 1);
  const found = await reached(async () => (await readStatus(world)).quarantined.length > 0);
  const crashes = tally.unexpectedEnds.length;
  await sleep(WATCHED_MS);
  const { quarantined } = await readStatus(world);
  const after = tally.unexpectedEnds.length - crashes;
  await cure();
  await tagwarden(world, ['resume', '--target', `ims-north/${imageId(0)}`]);
  const curedMs = await world.converged(CONVERGE_MS).catch((error: unknown) => {
    problems.push(String(error));
    return CONVERGE_MS;
  });
  if (others > run.maxOthersMs) problems.push(`the other targets took ${Math.round(others)} ms`);
  if (quarantined.length !== 1) problems.push(`${quarantined.length} targets are quarantined`);
  if (crashes !== CRASHES) problems.push(`${crashes} crashes until the quarantine`);
  if (after > 0) problems.push(`${after} crashes after it`);
  const judged = {
    verdict: await clouds.verdict(),
    failedJobs: (await world.jobs()).failed,
    recoveredMs: curedMs,
    totalMs: performance.now() - startedAt,
  };
  // The crashes and the quarantine are what this run is about.
  const calm = { tally: { ...tally, messages: new Map(), unexpectedEnds: [] } };
  return {
    scenario: run.scenario,
    seed: run.seed,
    ...judged,
    figures: {
      'others in place ms': Math.round(others),
      crashes,
      'quarantined ms': Math.round(found),
      'quarantined targets': quarantined.length,
    },
    problems: [...problems, ...brokenPromises(judged, calm, {})],
  };
}

/** What an orchestrator does: a worker that ended is started again. */
async function keepAlive({ workers }: World, signal: AbortSignal): Promise<void> {
  // The first start is not ours.
  await sleep(3_000, null, { signal }).catch(() => null);
  while (!signal.aborted) {
    await Promise.all(
      workers.map(async (one) => {
        // It may meet the poison again while it starts.
        if (!one.running) await one.start().catch(() => null);
      }),
    );
    await sleep(500, null, { signal }).catch(() => null);
  }
}

async function reached(holds: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > PATIENCE_MS) break;
    await sleep(500);
  }
  return performance.now() - startedAt;
}
