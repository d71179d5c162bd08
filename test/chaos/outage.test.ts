import { expect, test } from 'vitest';
import { runFreeze } from './freeze.ts';
import { runOutage } from './outage.ts';
import { renderOutcome } from './outcome.ts';

const LIMIT_MS = 200_000;

test(
  'a Redis that is killed loses no acknowledged event, and workers are back within 5 s of it',
  async () => {
    const outcome = await runOutage({
      scenario: 'redis',
      seed: 7,
      targets: 200,
      type: 'redis-down',
      rounds: 2,
      downMs: 4_000,
      eventsEveryMs: 50,
      maxResumeMs: 5_000,
      promises: {},
      // With everysec Redis keeps acknowledged writes in memory while the disk is slow, and they die with it.
      fsync: 'always',
    });

    console.log(renderOutcome(outcome));
    expect(Number(outcome.figures['acknowledged'])).toBeGreaterThan(20);
    expect(Number(outcome.figures['refused'])).toBeGreaterThan(0);
    expect(outcome.problems).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'workers that stood still for twice their lock do not go on with what others have finished',
  async () => {
    const outcome = await runFreeze({
      scenario: 'freeze',
      seed: 7,
      targets: 120,
      workers: 3,
      rounds: 1,
      faults: null,
      concurrency: 8,
    });

    console.log(renderOutcome(outcome));
    expect(Number(outcome.figures['passes frozen'])).toBeGreaterThan(4);
    expect(outcome.problems).toEqual([]);
  },
  LIMIT_MS,
);
