import { describe, expect, test } from 'vitest';
import type { Backend } from '../../src/queue/port.ts';
import { addJobs } from '../../src/queue/queues.ts';
import { passOf, queueBenches } from './queue-bench.ts';
import { until } from './support.ts';

/** Who goes first among those that wait. */
export function priorityConformance(name: string, open: () => Promise<Backend>): void {
  describe(`a waiting job on ${name}`, () => {
    const { backend, bench } = queueBenches(open);

    test('goes before sweeps when it is a push, and before all when a person asked', async () => {
      const b = bench();
      const waiting = ['schedule', 'watchdog', 'revision', 'webhook', 'manual'] as const;
      for (const reason of waiting) await b.add(reason, { reason, path: reason });

      await b.start({ concurrency: 1 });
      await until('all', () => b.finished.length === waiting.length);

      expect(b.runs).toEqual(['manual', 'webhook', 'schedule', 'watchdog', 'revision']);
    });

    test.each([
      { first: 'schedule', joins: 'manual', runs: ['late', 'early', 'other'] },
      { first: 'schedule', joins: 'webhook', runs: ['early', 'late', 'other'] },
      { first: 'manual', joins: 'schedule', runs: ['late', 'early', 'other'] },
    ] as const)('of a $first is as urgent as the $joins that joins it, or more', async (row) => {
      const b = bench();
      await b.add('other', { reason: 'schedule', path: 'other' });
      await b.add('early', { reason: 'webhook', path: 'early' });
      await b.add('late', { reason: row.first, path: 'late' });

      await b.add('joins', { reason: row.joins, path: 'late' });
      await b.start({ concurrency: 1 });
      await until('all', () => b.finished.length === 3);

      expect(b.runs).toEqual(row.runs);
    });

    test('keeps the urgency of an event that came while it was in backoff', async () => {
      const b = bench();
      b.work = async () => {
        if (b.runs.length === 1) throw new Error('503');
      };
      const worker = await b.start({ concurrency: 1 });
      await b.add('shaky', { reason: 'schedule', path: 'shaky', delay: 0 });
      await until('failure', async () => (await b.queue.getJobCounts('delayed'))['delayed'] === 1);
      await worker.close();
      await b.add('webhook', { reason: 'webhook', path: 'other' });

      await b.add('joins', { reason: 'manual', path: 'shaky' });
      await b.start({ concurrency: 1 });
      await until('both', () => b.finished.length === 2);

      expect(b.runs).toEqual(['shaky', 'shaky', 'webhook']);
    });

    test('of a person overtakes 2,000 of a sweep', async () => {
      const b = bench();
      const sweep = Array.from({ length: 2_000 }, (_, at) =>
        passOf(`sweep-${at}`, { reason: 'schedule', path: `shop/${at}` }),
      );
      await addJobs(b.queue, backend().bulkSize, sweep);
      await b.add('new', { reason: 'manual', path: 'elsewhere' });
      await b.add('joins', { reason: 'manual', path: 'shop/1999' });

      const worker = await b.start({ concurrency: 1 });
      await until('both', () => b.finished.length >= 3);
      await worker.close();

      expect(b.runs.slice(0, 3)).toEqual(['new', 'sweep-1999', 'sweep-0']);
    });
  });
}
