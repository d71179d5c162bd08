import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ConfiguredPause } from '../../src/config/schema-pause.ts';
import type { Pause } from '../../src/model/pause.ts';
import {
  configuredPauses,
  type Holds,
  holdReasonOf,
  warnOfEmptyPauses,
  watchHolds,
} from '../../src/service/holds.ts';
import type { Store } from '../../src/store/store.ts';
import { aResourcePolicy } from '../support/policies.ts';
import { REPOSITORY } from '../support/tags.ts';
import { aDelete, anAdd, aPause, keptLog, said, storeBench } from './service-bench.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const ALWAYS: ConfiguredPause = { scope: { type: 'all' }, reason: 'audit', window: null };

describe('holdReasonOf()', () => {
  test.each([
    { scope: { type: 'all' }, held: ['add a', 'add b', 'delete c'] },
    { scope: { type: 'policy', policy: 'policy-b' }, held: ['add b'] },
    { scope: { type: 'targets', glob: 'swr-north/**' }, held: ['add a', 'add b', 'delete c'] },
    { scope: { type: 'targets', glob: 'swr-north/*' }, held: [] },
    { scope: { type: 'targets', glob: 'hub/**' }, held: [] },
    { scope: { type: 'deletes' }, held: ['delete c'] },
    // A pause nobody can read must not read as "hold nothing".
    { scope: { type: 'targets', glob: 'shop/{' }, held: ['add a', 'add b', 'delete c'] },
  ] as const)('holdReasonOf() with $scope holds $held', ({ scope, held }) => {
    const operations = [anAdd('a'), anAdd('b', 'policy-b'), aDelete('c')];

    const found = operations.filter(
      (operation) => holdReasonOf([aPause(scope)], REPOSITORY, operation) !== null,
    );

    expect(found.map(({ type, tag }) => `${type} ${tag}`)).toEqual(held);
  });

  test('holdReasonOf() says who, since when and why', () => {
    const pauses = [aPause({ type: 'deletes' }), aPause({ type: 'all' })];

    expect(holdReasonOf(pauses, REPOSITORY, anAdd('a'))).toBe(
      'paused by cli since 2026-06-01T10:00:00Z: release week',
    );
  });
});

describe('configuredPauses()', () => {
  const window = {
    days: ['mon', 'fri'],
    from: '10:00',
    to: '13:00',
    timeZone: 'UTC',
  } as const;

  test('configuredPauses() has a window only while it is open, and says when that is', () => {
    const freeze = { ...ALWAYS, window };

    const open = configuredPauses([freeze, ALWAYS], NOW, NOW);
    const shut = configuredPauses([freeze], NOW, new Date('2026-06-01T13:00:00Z'));

    expect(open.map(({ reason }) => reason)).toEqual(['audit (mon, fri 10:00–13:00 UTC)', 'audit']);
    expect(shut).toEqual([]);
  });
});

describe('warnOfEmptyPauses()', () => {
  test('warnOfEmptyPauses() names a policy that there is none of, and no other', () => {
    const log = keptLog();
    const scope = (policy: string) => ({ ...ALWAYS, scope: { type: 'policy', policy } as const });
    const set = { revision: 'sha256:1', policies: [aResourcePolicy({})], tests: [] } as const;

    const twice = [scope('polcy-a'), scope('polcy-a')];
    warnOfEmptyPauses([ALWAYS, scope('policy-a'), ...twice], set, log);

    expect(log.lines.map(({ fields }) => fields)).toEqual([{ policy: 'polcy-a' }]);
  });
});

describe('watchHolds()', () => {
  const open = storeBench();

  async function watch(
    store: Pick<Store, 'pauses'>,
    configured: readonly ConfiguredPause[] = [],
  ): Promise<{ holds: Holds; log: ReturnType<typeof keptLog> }> {
    const log = keptLog();
    const read = async (): Promise<readonly Pause[]> => await store.pauses();
    const holds = await watchHolds({ read, configured, now: () => NOW, log });
    onTestFinished(() => holds.stop());
    return { holds, log };
  }

  const isHeld = (holds: Holds): boolean => holds.reason(REPOSITORY, aDelete('c')) !== null;

  test('watchHolds() knows the pauses of the store from the start, and follows them within 2 s', async () => {
    const store = open();
    await store.pause(aPause({ type: 'policy', policy: 'policy-b' }));
    const { holds, log } = await watch(store);
    const atStart = holds.inForce().length;

    await store.pause(aPause({ type: 'all' }));
    const pausedMs = await waitFor(() => isHeld(holds));
    await store.resume({ type: 'all' });
    const resumedMs = await waitFor(() => !isHeld(holds));

    expect(atStart).toBe(1);
    expect(pausedMs).toBeLessThan(2_000);
    expect(resumedMs).toBeLessThan(2_000);
    expect(said(log)).toEqual(['warn writes paused', 'warn writes paused', 'info writes resumed']);
  });

  test('watchHolds() keeps the last answer while the store is silent', async () => {
    const store = open();
    await store.pause(aPause({ type: 'all' }));
    let isDown = false;
    const pauses: Store['pauses'] = async () => {
      if (isDown) throw new Error('down');
      return await store.pauses();
    };
    const { holds, log } = await watch({ pauses });

    isDown = true;
    await waitFor(() => said(log).some((line) => line.startsWith('warn pauses not read')));

    expect(isHeld(holds)).toBe(true);
  });

  test('refresh() lets a pause go that has ended, without waiting for the next look', async () => {
    const store = open();
    await store.pause(aPause({ type: 'all' }));
    const { holds } = await watch(store);
    await store.resume({ type: 'all' });
    const before = isHeld(holds);

    await holds.refresh();

    expect([before, isHeld(holds)]).toEqual([true, false]);
  });

  test('refresh() asks nothing while nothing is paused, and keeps the pauses of a silent store', async () => {
    let calls = 0;
    let answer: readonly Pause[] | null = [];
    const pauses = async (): Promise<readonly Pause[]> => {
      calls += 1;
      if (answer === null) throw new Error('down');
      return answer;
    };
    const { holds } = await watch({ pauses });
    await holds.refresh();
    const unasked = calls;
    answer = [aPause({ type: 'all' })];
    await waitFor(() => isHeld(holds));

    answer = null;
    await holds.refresh();

    expect(unasked).toBe(1);
    expect(isHeld(holds)).toBe(true);
  });

  test('watchHolds() does not go back to an older answer that comes late', async () => {
    const asked: ((pauses: readonly Pause[]) => void)[] = [];
    const first = aPause({ type: 'all' });
    let isFirst = true;
    const pauses = async (): Promise<readonly Pause[]> => {
      if (isFirst) {
        isFirst = false;
        return [first];
      }
      return await new Promise((resolve) => asked.push(resolve));
    };
    const { holds } = await watch({ pauses });
    const early = holds.refresh();
    const late = holds.refresh();

    asked[1]?.([]);
    await late;
    asked[0]?.([first]);
    await early;

    expect(isHeld(holds)).toBe(false);
  });

  test('watchHolds() holds what the configuration pauses although the store has lost everything', async () => {
    const { holds } = await watch(open(), [ALWAYS]);

    expect(holds.reason(REPOSITORY, anAdd('a'))).toBe('paused by config: audit');
    expect(holds.inForce()).toEqual([
      { scope: { type: 'all' }, reason: 'audit', by: 'config', since: NOW },
    ]);
  });

  test('watchHolds() does not start without a first answer: nobody knows what is paused', async () => {
    const pauses = async () => await Promise.reject(new Error('down'));

    await expect(watch({ pauses })).rejects.toThrow('down');
  });
});

async function waitFor(holds: () => boolean): Promise<number> {
  const startedAt = performance.now();
  while (!holds()) {
    if (performance.now() - startedAt > 10_000) throw new Error('never came');
    await sleep(10);
  }
  return performance.now() - startedAt;
}
