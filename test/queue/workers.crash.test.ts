import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Backend, openBackend } from '../../src/queue/backend.ts';
import type { QueueEvent } from '../../src/queue/engine.ts';
import { createEngine, type Engine } from '../../src/queue/engine.ts';
import { reconcileQueue } from '../../src/queue/jobs.ts';
import { type Child, startChild } from './child.ts';
import type { World } from './support.ts';
import { aWorld, inSync, pause, SILENT, unique, until } from './support.ts';

describe('a worker process of an engine on Redis', () => {
  let backend: Backend;
  let engine: Engine;
  let world: World;
  let child: Child;
  let prefix: string;
  let account: string;
  let events: QueueEvent[];

  beforeEach(async () => {
    events = [];
    account = unique('swr');
    prefix = `{${unique('tags')}}`;
    child = startChild('child-worker.ts', inject('redisUrl'), prefix, account);
    await until('writes of the child', () => child.count('write') >= 2);
    backend = await openBackend(inject('redisUrl'), { log: SILENT, prefix });
    world = aWorld(backend, [account]);
    engine = createEngine({
      ...world.options,
      roles: new Set(['worker']),
      onEvent: (event) => {
        events.push(event);
      },
      settings: { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelayS: 5 },
    });
    world.reconcile = async ({ target }) => inSync(target);
    await engine.start();
  });

  afterEach(async () => {
    await child.kill();
    await engine.stop({ graceMs: 0 });
    await backend.close();
  });

  test('that is killed leaves its target to another worker, at the same attempt', async () => {
    const killed = performance.now();
    await child.kill();

    await until('takeover', () => world.reports.length === 1, 6_000);

    expect(performance.now() - killed).toBeLessThan(4_000);
    expect(world.requests[0]?.attempt).toBe(1);
    expect(events.map(({ type }) => type)).toEqual(['stalled']);
  });

  test('that is frozen for twice its lock writes no more when it wakes up', async () => {
    child.process.kill('SIGSTOP');
    const frozenAt = performance.now();
    await until('takeover', () => world.reports.length === 1, 6_000);
    await pause(Math.max(0, 4_000 - (performance.now() - frozenAt)));
    const writes = child.count('write');

    child.process.kill('SIGCONT');
    await until('the fence', () => child.count('fenced') === 1);
    await pause(200);

    // One is allowed in theory, for a freeze between check and write; here those are microseconds apart.
    expect(child.count('write') - writes).toBe(0);
  });

  test('that lives keeps its target for longer than one lock', async () => {
    await pause(3_500);

    expect(world.reports).toEqual([]);
    expect(child.count('fenced')).toBe(0);
  });

  test('that loses a lock stops its pass', async () => {
    const stopped: unknown[] = [];
    world.reconcile = async ({ target }, { signal, checkLease }) => {
      await new Promise((done) => {
        signal.addEventListener('abort', done);
      });
      try {
        checkLease();
      } catch (error) {
        stopped.push(error);
      }
      return inSync(target);
    };
    await child.kill();
    await until('takeover', () => world.requests.length === 1, 6_000);
    const redis = new Redis(inject('redisUrl'));
    const locks = await redis.keys(`${prefix}:${reconcileQueue(account)}:*:lock`);
    await redis.del(...locks);
    await redis.quit();

    await until('abort', () => stopped.length === 1, 4_000);

    expect(locks).toHaveLength(1);
    expect(stopped[0]).toMatchObject({ code: 'CANCELLED' });
    expect(events.map(({ type }) => type)).toContain('lock-lost');
  });
});
