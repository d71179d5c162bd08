import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  onTestFinished,
  test,
} from 'vitest';
import type { Target } from '../../src/model/target.ts';
import { type Backend, openBackend } from '../../src/queue/backend.ts';
import { createEngine, type EngineOptions, type QueueEvent } from '../../src/queue/engine.ts';
import { reconcileQueue } from '../../src/queue/jobs.ts';
import { startRedis } from '../support/redis.ts';
import { aWorld, inSync, keepingLog, pause, SILENT, unique, until, type World } from './support.ts';

const WATCHDOG_MS = 60;

describe('createWatchdog()', () => {
  let backend: Backend;
  let account: string;
  let world: World;
  let overdue: Target[];
  let asked: number;
  let events: QueueEvent[];
  let log: ReturnType<typeof keepingLog>;

  beforeAll(async () => {
    backend = await openBackend(inject('redisUrl'), { log: SILENT, prefix: `{${unique('tags')}}` });
  });

  afterAll(async () => {
    await backend.close();
  });

  beforeEach(() => {
    account = unique('swr');
    world = aWorld(backend, [account]);
    overdue = [];
    asked = 0;
    events = [];
    log = keepingLog();
    world.reconcile = async ({ target }) => inSync(target);
  });

  async function start(overrides: Partial<EngineOptions> = {}): Promise<void> {
    const engine = createEngine({
      ...world.options,
      overdue: async (limit) => {
        asked += 1;
        return await Promise.resolve(overdue.splice(0, limit));
      },
      onEvent: (event) => {
        events.push(event);
      },
      log,
      settings: { ...world.options.settings, watchdogMs: WATCHDOG_MS },
      ...overrides,
    });
    onTestFinished(async () => await engine.stop({ graceMs: 0 }));
    await engine.start();
  }

  const targets = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ account, path: `shop/${at}` }));
  const warnings = () => log.lines.filter(({ level }) => level === 'warn');

  test('enqueues overdue targets, and tells of each', async () => {
    await start();

    overdue = targets(2);
    await until('two passes', () => world.reports.length === 2);

    expect(world.requests.map(({ reason }) => reason)).toEqual(['watchdog', 'watchdog']);
    expect(world.requests[0]?.correlationId).toBe(world.requests[1]?.correlationId);
    expect(events).toEqual([
      { type: 'overdue', queue: reconcileQueue(account), jobId: `${account}/shop/0` },
      { type: 'overdue', queue: reconcileQueue(account), jobId: `${account}/shop/1` },
    ]);
    expect(warnings()).toEqual([
      { level: 'warn', fields: { targets: 2 }, message: 'overdue targets are enqueued again' },
    ]);
  });

  test('enqueues more than it asks for at once', async () => {
    overdue = targets(2_500);

    await start({ accounts: [{ name: account, concurrency: 50 }] });
    await until('all passes', () => world.reports.length === 2_500, 14_000);

    expect(new Set(world.requests.map(({ target }) => target.path)).size).toBe(2_500);
  });

  test('of three schedulers enqueues each target once', async () => {
    const roles = new Set(['scheduler'] as const);
    await Promise.all([start(), start({ roles }), start({ roles })]);

    overdue = targets(30);
    await until('passes', () => world.reports.length >= 30);
    await pause(3 * WATCHDOG_MS);

    expect(world.requests).toHaveLength(30);
  });

  test('adds nothing for a target that waits already', async () => {
    await start({ roles: new Set(['scheduler']) });

    overdue = [...targets(1), ...targets(1)];
    await until('first round', () => events.length === 2);
    overdue = targets(1);
    await until('second round', () => events.length === 3);
    await start({ roles: new Set(['worker']) });
    await until('pass', () => world.reports.length === 1);
    await pause(100);

    expect(world.requests).toHaveLength(1);
  });

  test('is silent when nothing is overdue, and in a process that schedules nothing', async () => {
    await start();
    await until('two rounds', () => asked >= 2);
    const before = asked;

    await start({
      roles: new Set(['worker', 'api']),
      overdue: async () => await Promise.reject(new Error('asked a worker')),
    });
    await until('two more rounds', () => asked >= before + 2);

    expect(warnings()).toEqual([]);
    expect(events).toEqual([]);
  });

  test('passes over accounts that are not configured any more', async () => {
    overdue = [{ account: 'gone', path: 'shop/web' }, ...targets(1)];

    await start();
    await until('pass', () => world.reports.length === 1);

    expect(events).toHaveLength(1);
  });

  test('asks again after a store that did not answer, and never twice at once', async () => {
    let inHand = 0;
    let most = 0;
    await start({
      async overdue(limit) {
        asked += 1;
        inHand += 1;
        most = Math.max(most, inHand);
        await pause(3 * WATCHDOG_MS);
        inHand -= 1;
        if (asked === 1) throw new Error('store is away');
        return overdue.splice(0, limit);
      },
    });
    overdue = targets(1);

    await until('pass', () => world.reports.length === 1);

    expect(most).toBe(1);
    expect(warnings()[0]).toEqual({
      level: 'warn',
      fields: { error: 'Error: store is away' },
      message: 'overdue targets were not enqueued',
    });
  });

  test('waits for a Redis that does not answer, and goes on when it does', async () => {
    const redis = await startRedis();
    onTestFinished(async () => await redis.stop());
    const own = await openBackend(redis.url, { log: SILENT });
    onTestFinished(async () => await own.close());
    await start({ backend: own });
    await until('a round', () => asked > 0);

    await redis.pause();
    overdue = targets(1);
    await until('failed round', () => warnings().length > 0);
    const rounds = asked;
    await redis.resume();
    // What was taken is told again by the store when nothing comes of it.
    overdue = targets(1);
    await until('pass', () => world.reports.length > 0);

    expect(rounds).toBeGreaterThan(0);
    expect(warnings()[0]?.message).toBe('overdue targets were not enqueued');
  });
});
