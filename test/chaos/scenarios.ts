import { runBreaker } from './breaker.ts';
import { buildOf, nextBuild, thisBuild } from './builds.ts';
import { runFreeze } from './freeze.ts';
import { runOutage } from './outage.ts';
import type { Outcome } from './outcome.ts';
import { runPause } from './pause.ts';
import { runPoison } from './poison.ts';
import { MENU, runStorm, SERVER_ERRORS, type Storm } from './storm.ts';
import { runTicks } from './ticks.ts';
import { runUpgrade } from './upgrade.ts';

export type Scenario = (seed: number) => Promise<Outcome>;

/** The last commit that wrote no fingerprints into jobs, no marks into standings and no children into facts. */
const OLDER_REF = process.env['CHAOS_OLDER'] ?? '7a36717';

/** 2,000 targets that need four writes each, three workers, one `kill -9` every 2 s, one answer in ten an error. */
const STORM = {
  targets: 2_000,
  faults: { rate: 0.1, kinds: SERVER_ERRORS },
  disturbances: ['kill'],
  everyMs: 2_000,
  times: 1_000,
  promises: { maxTotalMs: 60_000 },
  // Of each account, so 20 a worker: the default.
  world: { concurrency: 10 },
  settle: true,
} as const satisfies Omit<Storm, 'scenario' | 'seed'>;

const storm =
  (scenario: string, changes: Partial<Storm> = {}): Scenario =>
  async (seed) =>
    await runStorm({
      ...STORM,
      ...changes,
      world: { ...STORM.world, ...changes.world },
      scenario,
      seed,
    });

/** The long runs of `npm run chaos`, by name: promises of reliability.md at their full size. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  /** What the machine does when nothing is wrong. */
  calm: storm('calm', { faults: null, times: 0, promises: { maxDuplicated: 0 } }),
  /** R10. */
  storm: storm('storm'),
  /** R10 with everything that can happen to an answer. */
  menu: storm('menu', { faults: { rate: 0.1, kinds: MENU }, promises: {} }),
  /** R10 as it runs at night. */
  hard: storm('hard', {
    faults: { rate: 0.2, kinds: SERVER_ERRORS },
    everyMs: 1_000,
    promises: {},
  }),
  /** R11. */
  kills: storm('kills', {
    faults: null,
    times: 20,
    untilUsedUp: true,
    promises: {},
    world: { interval: '10s' },
  }),
  /** R18: thirty SIGTERMs under load, with failing answers that were not executed. */
  rolling: storm('rolling', {
    disturbances: ['restart'],
    everyMs: 800,
    times: 30,
    untilUsedUp: true,
    promises: { maxDuplicated: 0 },
    world: { interval: '10s' },
  }),
  /** R13: the whole queue is gone in mid-run. */
  flush: storm('flush', {
    faults: null,
    disturbances: ['flush'],
    forgetful: true,
    everyMs: 5_000,
    times: 1,
    world: { interval: '10s' },
    promises: { maxRecoveredMs: 40_000 },
  }),
  /** A road to Redis that resets and slows down, and workers that stand still for a while. */
  road: storm('road', {
    disturbances: ['reset', 'slow', 'freeze', 'restart', 'kill'],
    lastingMs: 3_000,
    everyMs: 3_000,
    promises: {},
  }),
  /** R14 at full size: 100 freezes. */
  freeze: async (seed) =>
    await runFreeze({
      scenario: 'freeze',
      seed,
      targets: 400,
      workers: 6,
      rounds: 20,
      faults: null,
      concurrency: 8,
    }),
  /** R14 while answers fail, so that freezes also hit waits between two attempts. */
  'freeze-faults': async (seed) =>
    await runFreeze({
      scenario: 'freeze-faults',
      seed,
      targets: 400,
      workers: 6,
      rounds: 6,
      concurrency: 8,
      faults: { rate: 0.2, kinds: ['before'] },
    }),
  /** R15: Redis is killed for 10 s, twenty times. */
  redis: async (seed) =>
    await runOutage({
      scenario: 'redis',
      seed,
      targets: 600,
      type: 'redis-down',
      rounds: 20,
      downMs: 10_000,
      eventsEveryMs: 40,
      maxResumeMs: 5_000,
      promises: {},
    }),
  /** R15: connections that carry nothing for 60 s and never come back to life. */
  'black-hole': async (seed) =>
    await runOutage({
      scenario: 'black-hole',
      seed,
      targets: 600,
      type: 'black-hole',
      rounds: 2,
      downMs: 60_000,
      eventsEveryMs: 100,
      maxResumeMs: 30_000,
      promises: {},
    }),
  /** R13: three schedulers, one killed every fifth interval. */
  ticks: async (seed) =>
    await runTicks({ scenario: 'ticks', seed, targets: 100, intervals: 30, killEvery: 4 }),
  /** R11: one target takes its workers down. */
  poison: async (seed) =>
    await runPoison({ scenario: 'poison', seed, targets: 2_000, maxOthersMs: 60_000 }),
  /** R4: the breaker over all workers' deletes. */
  breaker: async (seed) =>
    await runBreaker({ scenario: 'breaker', seed, targets: 1_000, maxDeletesPerHour: 200 }),
  /** R23. */
  pause: async (seed) => await runPause({ scenario: 'pause', seed, targets: 1_000, latencyMs: 50 }),
  /** R25: the release of the commit CHAOS_OLDER beside this one, there and back. */
  upgrade: async (seed) =>
    await runUpgrade({
      scenario: 'upgrade',
      seed,
      targets: 1_000,
      older: buildOf(OLDER_REF),
      newer: thisBuild(),
      rollBack: true,
      parks: false,
    }),
  /** R25: this release beside one that speaks a version unknown to it. */
  'upgrade-next': async (seed) =>
    await runUpgrade({
      scenario: 'upgrade-next',
      seed,
      targets: 1_000,
      older: thisBuild(),
      newer: nextBuild(),
      rollBack: false,
      parks: true,
    }),
};
