import { describe, expect, onTestFinished, test } from 'vitest';
import { keepTidy } from '../../src/service/upkeep.ts';
import { anOperation, aRun } from '../store/samples.ts';
import { eventually } from '../support/fleet.ts';
import { keptLog, said, storeBench } from './service-bench.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

describe('keepTidy()', () => {
  const open = storeBench();

  test('keepTidy() prunes a store although its process never lives for an hour', async () => {
    const store = open();
    for (const [id, days] of [['old', 91] as const, ['young', 89] as const])
      await store.intend(aRun({ id, startedAt: daysAgo(days) }), 0, anOperation(), NOW);

    onTestFinished(keepTidy(store, { now: () => NOW, log: keptLog() }));

    await eventually(
      async () => (await store.run('old')) === null,
      5_000,
      () => 'the store was not pruned',
    );
    expect(await store.run('young')).not.toBeNull();
  });

  test('keepTidy() says that a store does not answer', async () => {
    const log = keptLog();
    const prune = async (): Promise<void> => await Promise.reject(new Error('down'));

    onTestFinished(keepTidy({ prune }, { now: () => NOW, log }));

    await eventually(
      () => log.lines.length > 0,
      5_000,
      () => 'nobody heard of it',
    );
    expect(said(log)).toEqual(['warn store was not pruned']);
  });
});
