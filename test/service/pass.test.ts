import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { decideReport } from '../../src/queue/retry.ts';
import { aResourcePolicy } from '../support/policies.ts';
import { IMAGE } from '../support/tags.ts';
import { aPassBench, told } from './pass-bench.ts';
import { said, storeBench } from './service-bench.ts';

const MANY = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'x']));

describe('createPass()', () => {
  const open = storeBench();

  test('createPass() records the pass, its run and when the next one is due', async () => {
    const bench = aPassBench(open());

    await bench.run({ reason: 'webhook', correlationId: 'event-7' });

    const record = await bench.store.target(IMAGE);
    const run = await bench.store.run(record?.runId ?? '');
    expect(record).toMatchObject({
      status: 'in-sync',
      baseline: 1,
      revision: 'sha256:rev',
      correlationId: 'event-7',
    });
    expect(run).toMatchObject({
      target: IMAGE,
      cause: 'webhook',
      correlationId: 'event-7',
      planDigest: record?.planDigest,
      operations: [{ operation: { type: 'add', tag: 'owner' }, outcome: { status: 'applied' } }],
    });
    const query = { limit: 10, againMs: 60_000 };
    const early = new Date('2026-06-01T12:03:00.000Z');
    const late = new Date('2026-06-01T12:03:00.001Z');
    expect(await bench.store.takeOverdue({ ...query, now: early })).toEqual([]);
    expect(await bench.store.takeOverdue({ ...query, now: late })).toEqual([IMAGE]);
  });

  test('createPass() names run, plan, revision and cause in the log line of every write', async () => {
    const bench = aPassBench(open());

    await bench.run();

    const { runId, planDigest } = (await bench.store.target(IMAGE)) ?? {};
    expect(bench.log.lines.find(({ message }) => message === 'operation')).toMatchObject({
      level: 'info',
      fields: {
        target: `ims-north/${IMAGE.path}`,
        run_id: runId,
        plan_id: planDigest,
        revision: 'sha256:rev',
        correlation_id: 'sweep-1',
        op: 'add',
        tag: 'owner',
        rule: 'tags.ensure.owner',
      },
    });
    expect(runId).not.toBeNull();
  });

  test('createPass() keeps the baseline of the store: the shrink guard works in a process that never saw the target', async () => {
    const store = open();
    const before = { ...MANY, owner: 'platform' };
    await aPassBench(store, before).run();
    const shrunk = aPassBench(store, { k0: 'x', k1: 'x', owner: 'platform' });
    shrunk.set = {
      ...shrunk.set,
      policies: [aResourcePolicy({ remove: [{ by: 'glob', glob: 'k0' }] })],
    };

    const report = await shrunk.run();

    expect(report).toMatchObject({
      status: 'refused',
      plan: { verdict: { reasons: [expect.stringContaining('guard countHalved')] } },
    });
    expect((await store.target(IMAGE))?.baseline).toBe(10);
  });

  test('createPass() holds every write while planning goes on, and the job is done', async () => {
    const bench = aPassBench(open());
    bench.held = 'paused by cli since 2026-06-01T10:00:00Z: release week';

    const report = await bench.run();

    expect(report).toMatchObject({
      status: 'drifted',
      performed: [{ outcome: { status: 'skipped', reason: bench.held, held: true } }],
    });
    expect(bench.provider.calls).toEqual(['list']);
    expect('target' in report && decideReport(report)).toEqual({ type: 'complete' });
    expect(await bench.store.target(IMAGE)).toMatchObject({
      status: 'drifted',
      pendingCount: 1,
      runId: null,
    });
    expect(said(bench.log)).toEqual([]);
  });

  test('createPass() converges in the pass after the pause', async () => {
    const bench = aPassBench(open());
    bench.held = 'paused';
    await bench.run();

    bench.held = null;
    await bench.run();

    expect(Object.fromEntries(bench.provider.state)).toEqual({ owner: 'platform' });
    expect((await bench.store.target(IMAGE))?.status).toBe('in-sync');
  });

  test('createPass() forgets a target no policy selects, without looking at it', async () => {
    const bench = aPassBench(open());
    await bench.run();
    bench.provider.calls.length = 0;
    bench.set = { ...bench.set, policies: [] };

    const result = await bench.run();

    expect(told(result)).toBe('unselected');
    expect(bench.provider.calls).toEqual([]);
    expect(await bench.store.target(IMAGE)).toBeNull();
  });

  test('createPass() remembers the target of a suspended policy, and lets the watchdog forget it', async () => {
    const bench = aPassBench(open());
    await bench.run();
    bench.set = { ...bench.set, policies: [aResourcePolicy({}, { suspend: true })] };

    const result = await bench.run();

    const year = new Date('2027-06-01T00:00:00Z');
    expect(told(result)).toBe('unselected');
    expect((await bench.store.target(IMAGE))?.baseline).toBe(1);
    expect(await bench.store.takeOverdue({ now: year, limit: 1, againMs: 1 })).toEqual([]);
  });

  test('createPass() records a target that cannot be described, and asks for it again', async () => {
    const bench = aPassBench(open());
    bench.set = {
      ...bench.set,
      policies: [aResourcePolicy({ ensure: { os: '{{ image.osType }}' } })],
    };
    bench.provider.describe = async () =>
      await Promise.reject(new ReconcileError('PROVIDER_UNAVAILABLE', 'Cannot describe: 503'));

    const report = await bench.run();

    const year = new Date('2027-06-01T00:00:00Z');
    expect(told(report)).toBe(`ims-north/${IMAGE.path} unknown`);
    expect(await bench.store.target(IMAGE)).toMatchObject({
      status: 'unknown',
      error: { code: 'PROVIDER_UNAVAILABLE' },
    });
    expect(await bench.store.takeOverdue({ now: year, limit: 1, againMs: 1 })).toEqual([IMAGE]);
  });

  test('createPass() does not ask again for a target that is gone', async () => {
    const bench = aPassBench(open());
    bench.provider.before = () => {
      throw new ReconcileError('PROVIDER_NOT_FOUND', 'Cannot list: gone');
    };

    await bench.run({ observedAt: new Date('2026-01-01T00:00:00Z') });

    const year = new Date('2027-06-01T00:00:00Z');
    expect((await bench.store.target(IMAGE))?.status).toBe('unknown');
    expect(await bench.store.takeOverdue({ now: year, limit: 1, againMs: 1 })).toEqual([]);
  });

  test.each([
    { reason: 'webhook', code: 'PROVIDER_REJECTED', isKnown: false, status: undefined },
    { reason: 'webhook', code: 'PROVIDER_REJECTED', isKnown: true, status: 'unknown' },
    { reason: 'manual', code: 'PROVIDER_REJECTED', isKnown: false, status: 'unknown' },
  ] as const)(
    'createPass() for $reason keeps $status of a target that answers $code, known before: $isKnown',
    async ({ reason, code, isKnown, status }) => {
      const notices: unknown[] = [];
      const notifications = { wanted: true, tell: (passed: unknown) => void notices.push(passed) };
      const bench = aPassBench(open(), {}, { notifications });
      if (isKnown) await bench.run();
      const before = notices.length;
      bench.provider.before = () => {
        throw new ReconcileError(code, 'Cannot list: there is none');
      };

      const report = await bench.run({ reason });

      expect(told(report)).toBe(`ims-north/${IMAGE.path} unknown`);
      expect((await bench.store.target(IMAGE))?.status).toBe(status);
      expect(notices.length - before).toBe(status === undefined ? 0 : 1);
    },
  );

  test.each([
    { reason: 'webhook', isKnown: false, ids: null },
    { reason: 'manual', isKnown: false, ids: null },
    { reason: 'manual', isKnown: true, ids: null },
    { reason: 'manual', isKnown: false, ids: [IMAGE.path] },
  ] as const)(
    'createPass() for $reason keeps a target that is not there only where a policy names it: $ids, known: $isKnown',
    async ({ reason, isKnown, ids }) => {
      const bench = aPassBench(open());
      const [policy] = aResourcePolicy({}).targets;
      const targets = policy === undefined ? [] : [{ ...policy, ids }];
      bench.set = { ...bench.set, policies: [aResourcePolicy({}, { targets })] };
      if (isKnown) await bench.run();
      bench.provider.before = () => {
        throw new ReconcileError('PROVIDER_NOT_FOUND', 'Cannot list: there is none');
      };

      const result = await bench.run({ reason });

      const isNamed = ids !== null;
      expect(told(result)).toBe(isNamed ? `ims-north/${IMAGE.path} unknown` : 'gone');
      expect((await bench.store.target(IMAGE))?.status).toBe(isNamed ? 'unknown' : undefined);
    },
  );

  test('createPass() does not record a pass that was interrupted', async () => {
    const bench = aPassBench(open());
    const stop = new AbortController();
    bench.provider.before = () => stop.abort();

    await bench.run({}, { signal: stop.signal });

    expect(await bench.store.target(IMAGE)).toBeNull();
  });

  test('createPass() writes nothing when the store does not take the intent, and asks for another pass, no attempt spent', async () => {
    const store = open();
    const intend = async (): Promise<void> =>
      await Promise.reject(new ReconcileError('QUEUE_UNAVAILABLE', 'Cannot record: down'));
    const bench = aPassBench({ ...store, intend });

    const report = await bench.run();

    expect(bench.provider.state.size).toBe(0);
    expect('target' in report && decideReport(report)).toMatchObject({ type: 'again' });
  });

  test('createPass() does not repeat its writes because the store cannot take the record', async () => {
    const down = async (): Promise<void> => await Promise.reject(new Error('down'));
    const bench = aPassBench({ ...open(), finish: down, endRun: down });

    const report = await bench.run();

    expect('target' in report && decideReport(report)).toEqual({ type: 'complete' });
    expect(said(bench.log)).toEqual([
      'warn run was not closed',
      'info operation',
      'error pass was not recorded',
    ]);
  });

  test('createPass() refuses an account that is not configured here', async () => {
    const bench = aPassBench(open());

    await expect(bench.run({ target: { account: 'hub', path: 'x' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('wanted one of ims-north'),
    });
  });
});
