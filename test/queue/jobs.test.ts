import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LEAST_URGENT,
  parseJob,
  reconcileJob,
  reconcileQueue,
  SCHEMAS,
  sweepJob,
} from '../../src/queue/jobs.ts';

const PASS = {
  target: { account: 'swr', path: 'shop/web' },
  reason: 'schedule',
  correlationId: 'c',
  revision: 'sha256:1',
  attributes: { name: 'web' },
  observedAt: '2026-01-02T03:04:05.000Z',
} as const;

const FIELDS = [...Object.keys(SCHEMAS.reconcile.shape), 'priority'];

function readOrNull(data: unknown): unknown {
  try {
    return parseJob('reconcile', { id: '1', data });
  } catch {
    return null;
  }
}

describe('parseJob()', () => {
  test('reads what reconcileJob() and sweepJob() wrote', () => {
    const sweep = { policy: 'shop', reason: 'manual', correlationId: 'c', revision: 'r' } as const;

    expect(parseJob('reconcile', { id: '1', data: reconcileJob(PASS, 5).data })).toEqual({
      v: 1,
      ...PASS,
    });
    expect(parseJob('sweep', { id: '1', data: sweepJob(sweep, 5, 0).data })).toEqual({
      v: 1,
      ...sweep,
    });
  });

  test.each([
    {
      data: { ...PASS, v: 2 },
      says: 'Cannot read reconcile job "9": its version is 2, expected version 1',
    },
    { data: { ...PASS }, says: 'its payload is malformed at v' },
    { data: { ...PASS, v: 1, target: 'swr/shop' }, says: 'its payload is malformed at target' },
    {
      data: { ...PASS, v: 1, attributes: { name: 1 } },
      says: 'its payload is malformed at attributes',
    },
    {
      data: { ...PASS, v: 1, attributes: ['name'] },
      says: 'its payload is malformed at attributes, expected version 1',
    },
    { data: null, says: 'its payload is malformed at the top' },
  ])('refuses a payload it does not know: $says', ({ data, says }) => {
    expect(() => parseJob('reconcile', { id: '9', data })).toThrow(says);
  });

  test('takes a reason that a later version added for an ordinary one', () => {
    const data = { ...PASS, v: 1, reason: 'audit' };

    expect(parseJob('reconcile', { id: '1', data }).reason).toBe('schedule');
  });

  test('parseJob() gives what the schema gives, whatever the fields of a pass hold', () => {
    const times = ['2026-02-28T03:04:05.000Z', '2026-02-30T03:04:05.000Z', 'soon'];
    const odd = fc.constantFrom<unknown>(
      undefined,
      null,
      1,
      1.5,
      'a',
      true,
      false,
      [],
      {},
      2 ** 60,
    );
    const target = fc.constantFrom<unknown>(
      PASS.target,
      { ...PASS.target, tag: 'x' },
      { account: 'swr' },
      JSON.parse('{"account":"swr","path":"a","__proto__":{}}'),
    );
    const attributes = fc.constantFrom<unknown>(null, { name: 'web' }, { name: 1 }, ['web']);
    const time = fc.constantFrom<unknown>(null, ...times);
    const plain = fc.record(
      {
        v: fc.constant(1),
        target: fc.constant(PASS.target),
        reason: fc.constantFrom('manual', 'webhook'),
        correlationId: fc.string(),
        revision: fc.string(),
        attributes: fc.constantFrom(null, PASS.attributes),
        observedAt: fc.constantFrom(null, PASS.observedAt),
        isPartial: fc.constant(true),
        fingerprint: fc.option(fc.string()),
        askedAt: fc.constant(PASS.observedAt),
        putOffAfter: fc.nat(),
      },
      {
        requiredKeys: [
          'v',
          'target',
          'reason',
          'correlationId',
          'revision',
          'attributes',
          'observedAt',
        ],
      },
    );
    const change = fc.oneof(
      fc.tuple(fc.constantFrom(...FIELDS), odd),
      fc.tuple(fc.constant('target'), target),
      fc.tuple(fc.constant('attributes'), attributes),
      fc.tuple(fc.constantFrom('observedAt', 'askedAt'), time),
      fc.tuple(fc.constant('reason'), fc.constant('audit')),
    );
    const payload = fc
      .tuple(plain, fc.array(change, { maxLength: 2 }))
      .map(([fields, changes]) => ({ ...fields, ...Object.fromEntries(changes) }));
    fc.assert(
      fc.property(fc.oneof({ arbitrary: payload, weight: 50 }, odd), (data) => {
        const { success, data: expected } = SCHEMAS.reconcile.safeParse(data);

        const read = readOrNull(data);

        expect(read).toEqual(success ? expected : null);
      }),
      { numRuns: 1_000 },
    );
  });

  test('ignores fields a later version of the same payload may add', () => {
    const data = { ...PASS, v: 1, priority: 3 };

    expect(parseJob('reconcile', { id: '1', data })).not.toHaveProperty('priority');
  });
});

describe('reconcileJob()', () => {
  test.each([
    { reason: 'schedule', reschedule: false, priority: 3 },
    { reason: 'watchdog', reschedule: false, priority: 3 },
    { reason: 'webhook', reschedule: false, priority: 2 },
    { reason: 'manual', reschedule: true, priority: 1 },
    { reason: 'revision', reschedule: true, priority: 3 },
  ] as const)('is one a target, and for $reason pulls a retry forward: $reschedule', (row) => {
    expect(reconcileJob({ ...PASS, reason: row.reason }, 5).opts).toEqual({
      attempts: 5,
      deduplication: { id: 'swr/shop/web', keepLastIfActive: true, reschedule: row.reschedule },
      priority: row.priority,
    });
  });

  test.each([
    { index: 0, priority: 3 },
    { index: 1, priority: 4 },
    { index: 2, priority: 4 },
    { index: 3, priority: 5 },
    { index: 62, priority: 8 },
    { index: 63, priority: 9 },
    { index: 1_048_574, priority: 22 },
    { index: 100_000_000, priority: LEAST_URGENT },
  ])('of target $index of a sweep waits behind targets as early of other sweeps', (row) => {
    expect(reconcileJob({ ...PASS, reason: 'schedule' }, 5, row.index).opts.priority).toBe(
      row.priority,
    );
  });

  test.each([
    { reason: 'manual', priority: 1 },
    { reason: 'webhook', priority: 2 },
  ] as const)(
    'that somebody waits for ($reason) goes before every sweep, wherever it stands in one',
    (row) => {
      expect(reconcileJob({ ...PASS, reason: row.reason }, 5, 5_000).opts.priority).toBe(
        row.priority,
      );
    },
  );

  test('drops a hint that is too large to carry', () => {
    const attributes = { name: 'x'.repeat(5_000) };

    expect(reconcileJob({ ...PASS, attributes }, 5).data).toMatchObject({ attributes: null });
  });
});

describe('reconcileQueue()', () => {
  test('keeps a plain account name', () => {
    expect(reconcileQueue('swr-north.1')).toBe('reconcile.swr-north.1');
  });

  test('has no colon and no two accounts in common', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(reconcileQueue(left)).toMatch(/^reconcile\.[A-Za-z0-9_.-]*$/);
        expect(reconcileQueue(left) === reconcileQueue(right)).toBe(left === right);
      }),
    );
    expect(reconcileQueue('a:b')).not.toBe(reconcileQueue('a/b'));
  });
});
