import { describe, expect, test } from 'vitest';
import type { Backend, Storage } from '../../src/queue/port.ts';
import { coolingConformance } from './cooling.conformance.ts';
import { dedupConformance } from './dedup.conformance.ts';
import { engineConformance } from './engine.conformance.ts';
import { fairShareConformance } from './fair-share.conformance.ts';
import { parkConformance } from './park.conformance.ts';
import { passConformance } from './pass.conformance.ts';
import { priorityConformance } from './priority.conformance.ts';
import { queueBenches } from './queue-bench.ts';
import { refreshConformance } from './refresh.conformance.ts';
import { schedulerConformance } from './scheduler.conformance.ts';

/** Everything the engine needs of a backend; the same rows for each. */
export function backendConformance(name: string, open: () => Promise<Backend>): void {
  describe(`${name} backend`, () => {
    const { backend } = queueBenches(open);

    test('ping() resolves', async () => {
      await expect(backend().ping()).resolves.toBeUndefined();
    });

    test('storage answers', async () => {
      await expect(useStorage(backend().storage)).resolves.toEqual(['1', '2']);
    });
  });

  dedupConformance(name, open);
  priorityConformance(name, open);
  fairShareConformance(name, open);
  schedulerConformance(name, open);
  engineConformance(name, open);
  passConformance(name, open);
  parkConformance(name, open);
  coolingConformance(name, open);
  refreshConformance(name, open);
}

async function useStorage(storage: Storage): Promise<readonly string[]> {
  if (storage.type === 'redis') {
    const key = `${storage.prefix}:extra`;
    await storage.redis.rpush(key, 1, 2);
    const read = await storage.redis.lrange(key, 0, -1);
    await storage.redis.del(key);
    return read;
  }
  await storage.query('CREATE SCHEMA IF NOT EXISTS extra; CREATE TABLE extra.t (n int)');
  const written = await storage.query('INSERT INTO extra.t VALUES ($1), ($2)', [1, 2]);
  const read = await storage.query<{ n: number }>('DELETE FROM extra.t RETURNING n');
  await storage.query('DROP TABLE extra.t');
  return written.rowCount === read.rowCount ? read.rows.map(({ n }) => String(n)) : [];
}
