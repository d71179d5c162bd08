import { expect, test } from 'vitest';
import { renderOutcome } from './outcome.ts';
import { MENU, runStorm } from './storm.ts';

/** Small enough for two shared cores; `npm run chaos` runs them at full size. */
const TARGETS = 240;
const GIVE_UP_MS = 90_000;
/** More than that: what a scenario started is ended by itself. */
const LIMIT_MS = 200_000;

test(
  'three workers, one killed every 2 s, bring every target in place while a tenth of the answers fail',
  async () => {
    const outcome = await runStorm({
      scenario: 'storm',
      seed: 7,
      targets: TARGETS,
      faults: { rate: 0.1, kinds: MENU },
      latencyMs: 50,
      disturbances: ['kill'],
      everyMs: 2_000,
      times: 4,
      promises: { maxDuplicated: 5 },
      settle: false,
      giveUpMs: GIVE_UP_MS,
    });

    console.log(renderOutcome(outcome));
    expect(outcome.problems).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'a queue that is emptied in mid-run is filled again by the next sweep',
  async () => {
    const outcome = await runStorm({
      scenario: 'flush',
      seed: 7,
      targets: TARGETS,
      faults: null,
      latencyMs: 100,
      disturbances: ['flush'],
      forgetful: true,
      everyMs: 1_500,
      times: 1,
      world: { interval: '10s', concurrency: 8 },
      promises: { maxDuplicated: 0, maxRecoveredMs: 40_000 },
      settle: false,
      giveUpMs: GIVE_UP_MS,
    });

    console.log(renderOutcome(outcome));
    expect(outcome.figures['disturbances']).toBe(1);
    expect(outcome.recoveredMs).not.toBeNull();
    expect(outcome.problems).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'rolling restarts under load repeat no write, and every process ends with exit 0',
  async () => {
    const outcome = await runStorm({
      scenario: 'rolling',
      seed: 7,
      targets: TARGETS,
      faults: { rate: 0.1, kinds: ['before', 'after'] },
      latencyMs: 100,
      disturbances: ['restart'],
      everyMs: 700,
      times: 6,
      untilUsedUp: true,
      world: { interval: '10s' },
      promises: { maxDuplicated: 0 },
      settle: false,
      giveUpMs: GIVE_UP_MS,
    });

    console.log(renderOutcome(outcome));
    expect(outcome.figures['disturbances']).toBe(6);
    expect(outcome.problems).toEqual([]);
  },
  LIMIT_MS,
);
