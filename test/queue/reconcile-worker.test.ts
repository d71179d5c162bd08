import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Backend, openBackend } from '../../src/queue/backend.ts';
import { createEngine, type Engine, type QueueEvent } from '../../src/queue/engine.ts';
import { reconcileQueue } from '../../src/queue/jobs.ts';
import { aWorld, inSync, SILENT, unique, unknown, until, type World } from './support.ts';

const SETTINGS = { lockDurationMs: 1_000, stalledIntervalMs: 300, drainDelayS: 5 };

describe('createReconcileProcessor() after a crash', () => {
  let backend: Backend;
  let world: World;
  let engine: Engine;
  let prefix: string;
  let account: string;
  let events: QueueEvent[];
  const connections: Redis[] = [];

  beforeEach(async () => {
    account = unique('swr');
    prefix = `{${unique('tags')}}`;
    events = [];
    backend = await openBackend(inject('redisUrl'), { log: SILENT, prefix });
    world = aWorld(backend, [account]);
    engine = createEngine({
      ...world.options,
      roles: new Set(['worker']),
      onEvent: (event) => void events.push(event),
      settings: SETTINGS,
    });
  });

  afterEach(async () => {
    await engine.stop({ graceMs: 0 });
    await backend.close();
    for (const connection of connections.splice(0)) connection.disconnect();
  });

  /** A worker that takes a job and is never heard of again. */
  async function crash(): Promise<void> {
    const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    connections.push(connection);
    const name = reconcileQueue(account);
    const worker = new Worker(name, null, {
      connection,
      prefix,
      lockDuration: SETTINGS.lockDurationMs,
    });
    const job = await worker.getNextJob(unique('crashing'));
    await worker.close();
    expect(job).toBeDefined();
  }

  const trigger = async (): Promise<void> => {
    const producer = createEngine({ ...world.options, roles: new Set(['api']) });
    await producer.trigger({ account, path: 'shop/web' }, 'webhook');
  };

  test('createReconcileProcessor() names each crash once, the same in every attempt after it', async () => {
    await trigger();
    await crash();
    world.reconcile = async ({ target }) =>
      world.requests.length === 1 ? unknown(target) : inSync(target);

    await engine.start();
    await until('second attempt', () => world.requests.length === 2, 6_000);
    const [first, second] = world.requests;

    expect(first?.crash).toMatch(/^.+:1$/);
    expect(second).toMatchObject({ attempt: 2, crash: first?.crash });
  });

  test('createReconcileProcessor() knows no crash of a job that had none', async () => {
    await trigger();

    await engine.start();
    await until('pass', () => world.requests.length === 1);

    expect(world.requests[0]).toMatchObject({ crash: null, wasPutOff: false });
  });

  test('createReconcileProcessor() puts a job off once a crash, at the cost of no attempt', async () => {
    await trigger();
    await crash();
    world.reconcile = async ({ target, wasPutOff }) =>
      wasPutOff ? inSync(target) : { status: 'put-off', delayMs: 700 };

    await engine.start();
    await until('put off', () => world.requests.length === 1, 6_000);
    const putOffAt = performance.now();
    await until('pass', () => world.reports.length === 1, 6_000);

    expect(performance.now() - putOffAt).toBeGreaterThanOrEqual(650);
    expect(world.requests.map(({ attempt, wasPutOff }) => ({ attempt, wasPutOff }))).toEqual([
      { attempt: 1, wasPutOff: false },
      { attempt: 1, wasPutOff: true },
    ]);
  });

  test('createReconcileProcessor() completes a job whose target is quarantined, and tells it when that is new', async () => {
    const answers = [true, false];
    world.reconcile = async () => ({ status: 'quarantined', isNew: answers.shift() ?? false });
    await engine.start();

    await trigger();
    await until('first', () => world.requests.length === 1);
    await until('done', async () => (await engine.counts()).every(({ active }) => active === 0));
    await trigger();
    await until('second', () => world.requests.length === 2);
    await until('done', async () => (await engine.counts()).every(({ active }) => active === 0));

    const failed = (await engine.counts()).map((counts) => counts.failed + counts.delayed);
    expect(events.map(({ type }) => type)).toEqual(['quarantined']);
    expect(failed).toEqual([0, 0]);
    expect(world.reports).toEqual([]);
  });

  test('createReconcileProcessor() completes a job whose target nobody selects', async () => {
    world.reconcile = async () => ({ status: 'unselected' });
    await engine.start();

    await trigger();
    await until('pass', () => world.requests.length === 1);
    await until('done', async () => (await engine.counts()).every(({ active }) => active === 0));

    expect((await engine.counts()).map(({ failed, delayed }) => failed + delayed)).toEqual([0, 0]);
    expect(events).toEqual([]);
  });
});
