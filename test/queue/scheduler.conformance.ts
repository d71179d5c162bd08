import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/queue/engine.ts';
import { SWEEP_QUEUE } from '../../src/queue/jobs.ts';
import type { Backend, JobQueue } from '../../src/queue/port.ts';
import { syncSchedulers } from '../../src/queue/scheduler.ts';
import { queueBenches } from './queue-bench.ts';
import { aPolicy, aSet, aWorld, keepingLog, SILENT, unique, until } from './support.ts';

/** Schedulers of a backend follow the policies, whoever does it and whatever was lost. */
export function schedulerConformance(name: string, open: () => Promise<Backend>): void {
  describe(`syncSchedulers() on ${name}`, () => {
    const { backend, newQueue } = queueBenches(open);

    test('writes only what differs, and asks for a sweep when the revision does', async () => {
      const queue = newQueue('sweep');
      const log = keepingLog();
      const cron = aPolicy('night', {
        schedule: { type: 'cron', cron: '0 3 * * *', timeZone: 'Asia/Shanghai' },
      });
      await syncSchedulers(queue, aSet('1', aPolicy('shop'), cron, aPolicy('gone')), SILENT);
      const before = await queue.getJobSchedulers(0, -1);
      const ticks = (await queue.getJobCounts('waiting'))['waiting'];

      await syncSchedulers(queue, aSet('1', aPolicy('shop'), cron, aPolicy('gone')), log);
      const unchanged = await queue.getJobSchedulers(0, -1);
      await syncSchedulers(queue, aSet('2', aPolicy('shop'), cron), SILENT);
      const after = await queue.getJobSchedulers(0, -1);

      expect(before.map(({ key }) => key).toSorted()).toEqual(['gone', 'night', 'shop']);
      expect(before.find(({ key }) => key === 'night')?.next).toSatisfy(
        (at: number) => new Date(at).getUTCHours() === 19,
      );
      expect(ticks).toBe(3);
      expect(unchanged).toEqual(before);
      expect(log.lines).toEqual([]);
      expect(after.map(({ key }) => key).toSorted()).toEqual(['night', 'shop']);
      expect((await queue.getJobCounts('waiting'))['waiting']).toBe(5);
      const shop = (all: typeof before) => all.find(({ key }) => key === 'shop')?.next;
      expect(shop(after)).toBe(shop(before));
    });

    test('moves the next tick of a policy whose interval changed, and leaves one tick', async () => {
      const queue = newQueue('sweep');
      const every = (intervalMs: number) =>
        aSet('1', aPolicy('shop', { schedule: { type: 'interval', intervalMs } }));
      await syncSchedulers(queue, every(86_400_000), SILENT);

      await syncSchedulers(queue, every(60_000), SILENT);

      const [shop, ...others] = await queue.getJobSchedulers(0, -1);
      expect(others).toEqual([]);
      expect(shop).toMatchObject({ every: 60_000 });
      expect((shop?.next ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);
      expect((await queue.getJobCounts('delayed'))['delayed']).toBe(1);
    });

    test('schedules the other policies when one has no valid cron', async () => {
      const queue = newQueue('sweep');
      const log = keepingLog();
      const schedule = { type: 'cron', cron: 'every day', timeZone: 'UTC' } as const;

      await syncSchedulers(queue, aSet('1', aPolicy('bad', { schedule }), aPolicy('good')), log);

      const keys = (await queue.getJobSchedulers(0, -1)).map(({ key }) => key);
      expect(keys).toEqual(['good']);
      expect(log.lines[0]).toMatchObject({ level: 'error', fields: { policy: 'bad' } });
    });

    test('asks for one first sweep when five processes do it at once', async () => {
      const queue = newQueue('sweep');
      const policies = Array.from({ length: 10 }, (_, at) => aPolicy(`shop-${at}`));

      await Promise.all(
        Array.from({ length: 5 }, async () => {
          await syncSchedulers(queue, aSet('1', ...policies), SILENT);
        }),
      );

      const counts = await queue.getJobCounts('waiting', 'delayed');
      expect(counts).toEqual({ waiting: 10, delayed: 10 });
    });

    test('heals a store that forgot everything, within one interval', async () => {
      const world = aWorld(backend(), [unique('swr')]);
      const shop = unique('shop');
      world.set = aSet('1', aPolicy(shop));
      const engine = createEngine({
        ...world.options,
        roles: new Set(['scheduler']),
        settings: { ...world.options.settings, resyncSchedulersMs: 300 },
      });
      await engine.start();
      const queue = backend().createQueue(SWEEP_QUEUE);
      const keys = async () => (await queue.getJobSchedulers(0, -1)).map(({ key }) => key);
      const before = await keys();

      await obliterate(queue);
      const empty = await keys();
      const start = performance.now();
      await until('scheduler', async () => (await keys()).includes(shop), 5_000);
      const tookMs = performance.now() - start;
      await engine.stop({ graceMs: 0 });
      await obliterate(queue);
      await queue.close();

      expect(before).toContain(shop);
      expect(empty).toEqual([]);
      expect(tookMs).toBeLessThan(3_000);
    });
  });
}

/** BullMQ's queues can do more than the engine asks of them. */
async function obliterate(queue: JobQueue): Promise<void> {
  const whole = queue as JobQueue & { obliterate(options: { force: boolean }): Promise<void> };
  await whole.obliterate({ force: true });
}
