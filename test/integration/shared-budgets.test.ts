import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import { mostPerSecond } from '../http/support/gcra.ts';
import { fleetSeed } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';

const PROCESSES = 3;
const RATE = 100;
/** Requests a second that a throttling cloud lets through. */
const TAKEN = 50;
const Result = z.object({
  fallbacks: z.number(),
  codes: z.array(z.string()),
  sentAt: z.array(z.number()),
  /** The longest time the process was kept from running. */
  lagMs: z.number(),
});

/** A child that waits for the word to begin, so that all begin together. */
interface Child {
  readonly ready: Promise<void>;
  readonly result: Promise<z.infer<typeof Result>>;
  start(): void;
  kill(): void;
}

function startChild(args: readonly string[]): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child-clouds.ts'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = Promise.withResolvers<void>();
  const result = Promise.withResolvers<z.infer<typeof Result>>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve();
    else result.resolve(Result.parse(JSON.parse(line)));
  });
  child.once('exit', (code) => {
    ready.reject(new Error(`ended with ${code}`));
    result.reject(new Error(`ended with ${code}`));
  });
  result.promise.catch(() => {});
  return {
    ready: ready.promise,
    result: result.promise,
    start: () => void child.stdin.write('go\n'),
    kill: () => void child.kill('SIGKILL'),
  };
}

describe('three processes that share an account over Redis', () => {
  let simulator: Simulator;
  let url: string;
  let children: Child[] = [];

  beforeEach(async () => {
    url = await emptyDatabase(inject('redisUrl'));
  });

  afterEach(async () => {
    for (const child of children) child.kill();
    await simulator.close();
  });

  const run = async (
    argsOf: (index: number) => readonly string[],
  ): Promise<readonly z.infer<typeof Result>[]> => {
    const shared = ['--redis', url, '--swr', simulator.endpoints.swr];
    children = Array.from({ length: PROCESSES }, (_, index) =>
      startChild([...shared, ...argsOf(index)]),
    );
    await Promise.all(children.map(async ({ ready }) => await ready));
    for (const child of children) child.start();
    return await Promise.all(children.map(async ({ result }) => await result));
  };

  // Again when it fails: Redis itself may be silent for half a second on a busy machine.
  test('createFleetBudgets() keeps their requests together at the rate of the account in every second', {
    retry: 2,
    timeout: 60_000,
  }, async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: 0, repositories: 3 }) });

    const results = await run((index) => [
      `--rate=${RATE}`,
      '--for-ms=4000',
      `--repository=shop/app-${index}`,
    ]);

    const moments = results.flatMap(({ sentAt }) => sentAt);
    const most = mostPerSecond(moments);
    const mostArrived = mostPerSecond(simulator.requests.list.map(({ at }) => at));
    const shares = results.map(({ sentAt }) => sentAt.length);
    const lagMs = Math.max(...results.map((result) => result.lagMs));
    const fallbacks = results.reduce((sum, result) => sum + result.fallbacks, 0);
    console.log(
      `shared budget: at most ${most} of ${RATE} requests sent in a second (${mostArrived} arrived), by process ${shares.join(', ')}; ` +
        `${fallbacks} fallbacks, a process stood still for ${lagMs.toFixed(0)} ms`,
    );
    // What came due while a process stood still is sent after it.
    expect(most).toBeLessThanOrEqual(RATE * (1.1 + lagMs / 1_000));
    expect(fallbacks).toBe(0);
    expect(moments.length).toBeGreaterThan(RATE);
    expect(Math.min(...shares)).toBeGreaterThan(moments.length / PROCESSES / 2);
  });

  // How near they keep to it is measured where nothing else runs: bench/throttled.ts, and in virtual time pace.test.ts.
  test('createFleetBudgets() brings their requests together down to what the cloud takes while it throttles', async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: 0, repositories: 3 }) });
    simulator.faults.limit({ requestsPerSecond: TAKEN, burst: 10, retryAfterS: null });

    await run((index) => [
      '--rate=1000',
      '--for-ms=16000',
      '--callers=40',
      `--repository=shop/app-${index}`,
    ]);

    // By the first request: three processes may take seconds to start.
    const fromMs = (simulator.requests.list[0]?.at ?? Date.now()) + 11_000;
    const steady = simulator.requests.list.filter(({ at }) => at >= fromMs && at < fromMs + 5_000);
    const sent = steady.length / 5;
    const accepted = steady.filter(({ status }) => status === 200).length / 5;
    console.log(
      `a cloud that takes ${TAKEN} a second of 1,000: ${sent} sent, ${accepted} accepted`,
    );
    // Each of the three alone would send as much, and without a pace all would send 20 times as much.
    expect(sent).toBeLessThanOrEqual(TAKEN * 2);
    // A busy machine answers late, which slows the pace down; one that does not climb again would stand at one a second.
    expect(accepted).toBeGreaterThanOrEqual(TAKEN / 5);
  }, 90_000);

  test('createFleetBudgets() lets no delete through over the budget of the fleet and pauses deletes once', async () => {
    const tags = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `ci-${index}`,
        { digest: `d${index}`, ageDays: 60 },
      ]),
    );
    const seed = z.looseObject({}).parse(fleetSeed({ images: 0, repositories: 0 }));
    const repositories = [0, 1, 2].map((index) => ({ name: `shop/app-${index}`, tags }));
    simulator = await startSimulator({ seed: { ...seed, repositories } });
    const redis = new Redis(url);

    const results = await run((index) => [
      '--rate=2000',
      '--max-deletes=100',
      '--delete',
      `--repository=shop/app-${index}`,
    ]);

    const codes = results.flatMap((result) => result.codes);
    const pauses = await createRedisStore({ redis, prefix: '{budgets}' }).pauses();
    redis.disconnect();
    expect(simulator.journal.executed()).toHaveLength(100);
    expect(codes.filter((code) => code === 'ok')).toHaveLength(100);
    expect(codes.filter((code) => code === 'GATE_REFUSED')).toHaveLength(80);
    expect(pauses).toMatchObject([
      {
        scope: { type: 'deletes' },
        by: 'guard',
        reason: expect.stringContaining('guards.maxDeletesPerHour (100)'),
      },
    ]);
  }, 60_000);
});
