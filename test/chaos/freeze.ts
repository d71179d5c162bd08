import { setTimeout as sleep } from 'node:timers/promises';
import type { RandomFaults } from '../../src/simulator/faults.ts';
import { fleetOf, targetsOf } from './fleet.ts';
import { brokenPromises, type Outcome } from './outcome.ts';
import { settle } from './storm.ts';
import { createWorld, type World } from './world.ts';

/** Workers that stand still for twice their lock in mid-pass, and wake up when others have done their work. */
export interface Freeze {
  readonly scenario: string;
  readonly seed: number;
  readonly targets: number;
  readonly workers: number;
  readonly rounds: number;
  readonly faults: Omit<RandomFaults, 'seed'> | null;
  readonly concurrency: number;
}

/** Twice the lock of ADR 0003. */
const FROZEN_MS = 16_000;
/** A write that was caught on its way may be a batch: of the keys of an image three are added or replaced. */
const KEYS_PER_WRITE = 3;
const CONVERGE_MS = 120_000;
/** Long enough that a freeze finds passes between two requests. */
const LATENCY_MS = 150;
/** A lock: a frozen worker that still wrote would do so in this time. */
const AWAKE_MS = 8_000;

export async function runFreeze(freeze: Freeze): Promise<Outcome> {
  await using world = await createWorld({
    seed: freeze.seed,
    size: fleetOf(freeze.targets),
    workers: freeze.workers,
    interval: '10s',
    concurrency: freeze.concurrency,
    timeout: '5s',
  });
  const { clouds } = world;
  if (freeze.faults !== null) await clouds.faults({ ...freeze.faults, seed: freeze.seed });
  await clouds.latency(LATENCY_MS);
  await world.startAll();
  const startedAt = performance.now();
  const tallies: Round[] = [];
  const problems: string[] = [];
  for (let round = 0; round < freeze.rounds; round += 1) {
    if (round > 0) await drift(world);
    const tally = await freezeRound(world);
    tallies.push(tally);
    // What is not in place by now is nobody's fault of the next round.
    if (tally.healedMs === CONVERGE_MS) break;
  }
  await clouds.faults(null);
  problems.push(...(await settle(world)));
  const freezes = tallies.length * (freeze.workers - 1);
  const judged = {
    verdict: await clouds.verdict(),
    failedJobs: (await world.jobs()).failed,
    recoveredMs: Math.max(...tallies.map(({ healedMs }) => healedMs)),
    totalMs: performance.now() - startedAt,
  };
  const late = sum(tallies, ({ lateWrites }) => lateWrites);
  if (late > freezes) problems.push(`${late} writes after ${freezes} freezes`);
  const broken = brokenPromises(judged, world, {
    maxWriteRatio: Infinity,
    maxDuplicated: freezes * KEYS_PER_WRITE,
  });
  return {
    scenario: freeze.scenario,
    seed: freeze.seed,
    ...judged,
    figures: {
      freezes,
      'passes frozen': sum(tallies, ({ frozenPasses }) => frozenPasses),
      'late writes': late,
      'locks lost': world.tally.messages.get('job lost its lock') ?? 0,
    },
    problems: [...problems, ...broken],
  };
}

interface Round {
  /** Passes under way in all workers when they froze. */
  readonly frozenPasses: number;
  /** Requests that wrote after the frozen ones woke up, when there was nothing left to write. */
  readonly lateWrites: number;
  readonly healedMs: number;
}

/** Freezes all workers but one in the middle of their writes. */
async function freezeRound(world: World): Promise<Round> {
  const { clouds, workers } = world;
  const before = (await clouds.status()).executed;
  await until(async () => (await clouds.status()).executed >= before + targetsOf(world.size) / 8);
  const awake = Math.floor(world.random() * workers.length);
  const frozen = workers.filter((_, index) => index !== awake);
  const { active } = await world.jobs();
  for (const worker of frozen) worker.signal('SIGSTOP');
  const frozenAt = performance.now();
  const healedMs = await world.converged(CONVERGE_MS).catch(() => CONVERGE_MS);
  await sleep(Math.max(0, FROZEN_MS - (performance.now() - frozenAt)));
  const done = (await clouds.status()).writeRequests;
  for (const worker of frozen) worker.signal('SIGCONT');
  await sleep(AWAKE_MS);
  const lateWrites = (await clouds.status()).writeRequests - done;
  return { frozenPasses: active, lateWrites, healedMs };
}

async function drift({ clouds, size }: World): Promise<void> {
  await clouds.drift(Array.from({ length: targetsOf(size) }, (_, index) => index));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let passedMs = 0; !(await holds()); passedMs += 50) {
    if (passedMs > CONVERGE_MS) throw new Error('no worker wrote anything');
    await sleep(50);
  }
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
