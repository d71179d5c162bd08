import { expect, inject, test } from 'vitest';
import { oldestJobAt } from '../../src/queue/ages.ts';
import { openBackend } from '../../src/queue/backend.ts';
import { SILENT } from './support.ts';

test('oldestJobAt() finds the oldest job whatever its priority, and none in an empty queue', async () => {
  const prefix = `{ages-${process.pid}}`;
  const backend = await openBackend(inject('redisUrl'), { log: SILENT, prefix });
  const queue = backend.createQueue('reconcile.ages');
  const add = async (priority: number, timestamp: number): Promise<void> =>
    void (await queue.add('reconcile', {}, { priority, timestamp }));

  const empty = await oldestJobAt(queue);
  await add(1, 5_000);
  await add(3, 2_000);
  await add(3, 3_000);
  await add(2, 4_000);
  const oldest = await oldestJobAt(queue);
  await add(0, 1_000);
  const waiting = await oldestJobAt(queue);
  await queue.close();
  await backend.close();

  expect([empty, oldest, waiting]).toEqual([null, new Date(2_000), new Date(1_000)]);
});
