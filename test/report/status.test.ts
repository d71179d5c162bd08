import { describe, expect, test } from 'vitest';
import type { TargetRecord } from '../../src/model/history.ts';
import type { Pause } from '../../src/model/pause.ts';
import { renderStatus, type Status, statusJson } from '../../src/report/status.ts';
import { hoursAgo, IMAGE, NOW, REPOSITORY } from '../support/tags.ts';

const record: TargetRecord = {
  target: REPOSITORY,
  provider: 'huawei-swr',
  name: null,
  status: 'drifted',
  passedAt: NOW,
  since: hoursAgo(3),
  revision: 'sha256:01',
  correlationId: 'sweep-1',
  runId: 'run-1',
  baseline: 12,
  planDigest: 'sha256:feed',
  verdict: { safe: true },
  pending: [
    {
      type: 'delete',
      tag: 'ci-1',
      policy: 'shop',
      rule: 'retain[0]',
      mode: 'sync',
      because: 'old',
      replaces: null,
      makesRoomFor: null,
    },
  ],
  pendingCount: 1,
  findings: [{ severity: 'info', policy: 'shop', rule: null, message: 'm' }],
  error: null,
};
const unknown: TargetRecord = {
  ...record,
  target: IMAGE,
  name: 'golden-1',
  status: 'unknown',
  verdict: null,
  pending: [],
  pendingCount: 0,
  findings: [],
  error: { code: 'PROVIDER_UNAVAILABLE', message: 'Cannot list: 503' },
};
const refused: TargetRecord = {
  ...record,
  status: 'refused',
  verdict: { safe: false, reasons: ['guard allTags: 4 of 4 tags go'] },
};
const pauses: readonly Pause[] = [
  { scope: { type: 'deletes' }, reason: '501 deletes', by: 'guard', since: NOW },
  { scope: { type: 'all' }, reason: 'maintenance', by: 'cli', since: hoursAgo(1) },
  { scope: { type: 'policy', policy: 'shop' }, reason: 'r', by: 'config', since: hoursAgo(2) },
  { scope: { type: 'targets', glob: 'hub/**' }, reason: 'r', by: 'cli', since: hoursAgo(4) },
];
const quiet: Status = {
  pauses: [],
  quarantined: [],
  counts: { 'in-sync': 1, drifted: 0, refused: 0, unknown: 0, quarantined: 0 },
  queues: [{ queue: 'sweep', counts: { waiting: 0, active: 0 } }],
  targets: [],
  more: false,
};
const busy: Status = {
  pauses,
  quarantined: [{ target: IMAGE, until: NOW }],
  counts: { 'in-sync': 7, drifted: 2, refused: 1, unknown: 1, quarantined: 1 },
  queues: [{ queue: 'reconcile.hub', counts: { waiting: 3, active: 1, failed: 0 } }],
  targets: [
    record,
    { ...record, pendingCount: 41 },
    unknown,
    refused,
    { ...record, pendingCount: 0 },
  ],
  more: true,
};

describe('renderStatus()', () => {
  test('says only the totals when all is well', () => {
    expect(renderStatus(quiet)).toBe(
      '1 target: 1 in sync, 0 drifted, 0 refused, 0 unknown; 0 quarantined\n',
    );
  });

  test('shows first what holds work back, then what needs a look, then the totals', () => {
    expect(renderStatus(busy)).toMatchInlineSnapshot(`
      "paused: targets hub/**, by cli since 2026-05-31T20:00:00Z: r
      paused: policy shop, by config since 2026-05-31T22:00:00Z: r
      paused: everything, by cli since 2026-05-31T23:00:00Z: maintenance
      paused: all deletes, by guard since 2026-06-01T00:00:00Z: 501 deletes
      quarantined: ims-north/67e17426-359e-49fb-aa12-0bd1756ec240 until 2026-06-01T00:00:00Z, its passes took workers down

      swr-north/shop/web                                         drifted  since 2026-05-31T21:00:00Z  1 operation to do
      swr-north/shop/web                                         drifted  since 2026-05-31T21:00:00Z  41 operations to do
      ims-north/67e17426-359e-49fb-aa12-0bd1756ec240 (golden-1)  unknown  since 2026-05-31T21:00:00Z  PROVIDER_UNAVAILABLE: Cannot list: 503
      swr-north/shop/web                                         refused  since 2026-05-31T21:00:00Z  guard allTags: 4 of 4 tags go
      swr-north/shop/web                                         drifted  since 2026-05-31T21:00:00Z
      … more; narrow it with --target, or raise --limit

      11 targets: 7 in sync, 2 drifted, 1 refused, 1 unknown; 1 quarantined
      queue reconcile.hub: 3 waiting, 1 active
      "
    `);
  });
});

test('renderStatus() and statusJson() say why the newest policies are not in force', () => {
  const status = { ...busy, policyProblem: 'a.yaml:3:1: unknown key' };

  expect(renderStatus(status)).toMatch(/^policies: the last good set is in force: a\.yaml:3:1/);
  expect(statusJson(status)['policy_problem']).toBe('a.yaml:3:1: unknown key');
  expect(statusJson(busy)['policy_problem']).toBeNull();
});

describe('statusJson()', () => {
  test('holds the same facts for machines', () => {
    expect(statusJson(busy)).toMatchObject({
      format_version: '1.0',
      paused: [
        { scope: { type: 'targets', glob: 'hub/**' }, by: 'cli' },
        { scope: { type: 'policy' } },
        { scope: { type: 'all' }, reason: 'maintenance', since: '2026-05-31T23:00:00.000Z' },
        { scope: { type: 'deletes' } },
      ],
      quarantined: [{ target: 'ims-north/67e17426-359e-49fb-aa12-0bd1756ec240' }],
      summary: { targets: 11, in_sync: 7, quarantined: 1 },
      queues: [{ queue: 'reconcile.hub', waiting: 3 }],
      more: true,
    });
    expect(statusJson(busy)['targets']).toMatchObject([
      { target: 'swr-north/shop/web', pending: 1, operations: [{ tag: 'ci-1' }], run: 'run-1' },
      { pending: 41 },
      { name: 'golden-1', code: 'PROVIDER_UNAVAILABLE' },
      { verdict: { safe: false } },
      { pending: 0 },
    ]);
  });
});
