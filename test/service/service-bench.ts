import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Pause, PauseScope } from '../../src/model/pause.ts';
import type { Operation } from '../../src/model/plan.ts';
import { createObserver, type Observer } from '../../src/service/observe.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import type { Store } from '../../src/store/store.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

/** A store of one's own on the shared Redis. */
export function storeBench(): () => Store {
  let redis: Redis;
  const prefix = `{service-${randomUUID().slice(0, 8)}}`;
  beforeAll(() => {
    redis = new Redis(inject('redisUrl'));
  });
  afterAll(async () => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.unlink(...keys);
    await redis.quit();
  });
  return () => createRedisStore({ redis, prefix: `${prefix}${randomUUID()}` });
}

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: Line['level']): Log['info'] =>
    (fields, message) =>
      void lines.push({ level, fields, message });
  const log: Log & { readonly lines: Line[] } = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  };
  return log;
}

/** Counts into metrics of its own. */
export function anObserver(): Observer {
  return createObserver(createMetrics({ version: '1', revision: 'abc' }, []), null);
}

/** What a log said above debug, as `level message`. */
export function said({ lines }: { readonly lines: readonly Line[] }): string[] {
  return lines.flatMap(({ level, message }) => (level === 'debug' ? [] : [`${level} ${message}`]));
}

export function aDelete(tag: string, policy = 'policy-a'): Operation {
  return {
    type: 'delete',
    tag,
    policy,
    rule: 'retain[0]',
    mode: 'sync',
    because: 'too old',
    replaces: 'x',
    makesRoomFor: null,
  };
}

export function anAdd(tag: string, policy = 'policy-a'): Operation {
  return {
    type: 'add',
    tag,
    policy,
    rule: 'tags.ensure.a',
    mode: 'sync',
    because: 'missing',
    value: '1',
    replaces: null,
  };
}

export function aPause(scope: PauseScope, overrides: Partial<Pause> = {}): Pause {
  return {
    scope,
    reason: 'release week',
    by: 'cli',
    since: new Date('2026-06-01T10:00:00.500Z'),
    ...overrides,
  };
}
