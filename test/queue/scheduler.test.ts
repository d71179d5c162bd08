import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffMissing, diffSchedulers, wantedSchedulers } from '../../src/queue/scheduler.ts';
import { aPolicy, aSet } from './support.ts';

type Found = Parameters<typeof diffSchedulers>[0][number];

/** What BullMQ would show after the upserts. */
function stored(wanted: ReturnType<typeof wantedSchedulers>): Found[] {
  return wanted.map(({ id, repeat, tick }) => ({ key: id, ...repeat, template: { data: tick } }));
}

function upserts(...args: Parameters<typeof diffSchedulers>): readonly string[] {
  return diffSchedulers(...args).upsert.map(({ id }) => id);
}

describe('wantedSchedulers()', () => {
  test('leaves suspended policies out', () => {
    const set = aSet('1', aPolicy('a'), aPolicy('b', { suspend: true }));

    expect(wantedSchedulers(set).map(({ id }) => id)).toEqual(['a']);
  });

  test('spreads ticks over the interval by name, never at 0', () => {
    const every = fc.integer({ min: 1_000, max: 86_400_000 });
    fc.assert(
      fc.property(fc.string(), every, (name, intervalMs) => {
        const policy = aPolicy(name, { schedule: { type: 'interval', intervalMs } });

        const [first] = wantedSchedulers(aSet('1', policy));

        expect(first?.repeat).toMatchObject({ every: intervalMs });
        const offset = first && 'offset' in first.repeat ? first.repeat.offset : 0;
        expect(offset).toBeGreaterThan(0);
        expect(offset).toBeLessThan(intervalMs);
      }),
    );
    const offsets = ['a', 'b', 'c'].map((name) => wantedSchedulers(aSet('1', aPolicy(name)))[0]);
    expect(new Set(offsets.map((one) => JSON.stringify(one?.repeat))).size).toBe(3);
  });

  test('keeps a cron and its zone', () => {
    const schedule = { type: 'cron', cron: '0 3 * * *', timeZone: 'Asia/Shanghai' } as const;

    expect(wantedSchedulers(aSet('1', aPolicy('a', { schedule })))[0]?.repeat).toEqual({
      pattern: '0 3 * * *',
      tz: 'Asia/Shanghai',
    });
  });
});

describe('diffSchedulers()', () => {
  const wanted = wantedSchedulers(aSet('1', aPolicy('a'), aPolicy('b')));

  test('wants nothing when nothing differs', () => {
    expect(diffSchedulers(stored(wanted), wanted)).toEqual({
      upsert: [],
      remove: [],
      sweepNow: [],
    });
  });

  test('adds and sweeps what is new, and removes what no policy wants', () => {
    const diff = diffSchedulers(
      stored(wantedSchedulers(aSet('1', aPolicy('a'), aPolicy('c')))),
      wanted,
    );

    expect(diff.upsert.map(({ id }) => id)).toEqual(['b']);
    expect(diff.sweepNow.map(({ wanted: { id }, previous }) => [id, previous])).toEqual([
      ['b', null],
    ]);
    expect(diff.remove).toEqual(['c']);
  });

  test('sweeps every policy when the revision changed', () => {
    const next = wantedSchedulers(aSet('2', aPolicy('a'), aPolicy('b')));

    const diff = diffSchedulers(stored(wanted), next);

    expect(diff.upsert.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(diff.sweepNow.map(({ previous }) => previous)).toEqual(['sha256:1', 'sha256:1']);
  });

  test.each([
    { change: 'interval', schedule: { type: 'interval', intervalMs: 60_000 } },
    { change: 'kind', schedule: { type: 'cron', cron: '0 3 * * *', timeZone: 'UTC' } },
  ] as const)(
    'moves a scheduler whose $change changed, without a sweep of its own',
    ({ schedule }) => {
      const next = wantedSchedulers(aSet('1', aPolicy('a', { schedule }), aPolicy('b')));

      expect(upserts(stored(wanted), next)).toEqual(['a']);
      expect(diffSchedulers(stored(wanted), next).sweepNow).toEqual([]);
      expect(upserts(stored(next), wanted)).toEqual(['a']);
    },
  );

  test('moves a cron whose zone changed', () => {
    const at = (timeZone: string) =>
      wantedSchedulers(
        aSet('1', aPolicy('a', { schedule: { type: 'cron', cron: '0 3 * * *', timeZone } })),
      );

    expect(upserts(stored(at('UTC')), at('Asia/Shanghai'))).toEqual(['a']);
  });

  const otherVersion = { v: 0, policy: 'a', reason: 'schedule', revision: 'sha256:1' };
  test.each([undefined, {}, { data: 'x' }, { data: { revision: 3 } }, { data: otherVersion }])(
    'sweeps a policy whose scheduler says nothing of a revision, or ticks in words of another version: %j',
    (template) => {
      const found = stored(wanted).map(({ template: _template, ...rest }) => ({
        ...rest,
        ...(template ? { template } : {}),
      }));

      expect(diffSchedulers(found, wanted).sweepNow.map(({ previous }) => previous)).toEqual([
        null,
        null,
      ]);
    },
  );
});

describe('diffMissing()', () => {
  const wanted = wantedSchedulers(aSet('2', aPolicy('a'), aPolicy('b')));

  test('puts back and sweeps what is gone, and leaves what others wrote', () => {
    const found = stored(wantedSchedulers(aSet('1', aPolicy('a'), aPolicy('c'))));

    const diff = diffMissing(found, wanted);

    expect(diff.upsert.map(({ id }) => id)).toEqual(['b']);
    expect(diff.sweepNow.map(({ wanted: { id }, previous }) => [id, previous])).toEqual([
      ['b', null],
    ]);
    expect(diff.remove).toEqual([]);
  });

  test('wants nothing when all are there', () => {
    expect(diffMissing(stored(wanted), wanted)).toEqual({ upsert: [], remove: [], sweepNow: [] });
  });
});
