import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import { historyJson, renderHistory } from '../../src/report/history.ts';
import { aRun } from '../support/runs.ts';
import { digestOf } from '../support/tags.ts';

const reasoned = {
  policy: 'shop',
  rule: 'retain[0]',
  mode: 'sync',
  because: 'rule "old"',
} as const;
const deletes = ['ci-1', 'ci-10'].map(
  (tag): Operation => ({
    ...reasoned,
    type: 'delete',
    tag,
    replaces: digestOf(tag),
    makesRoomFor: null,
  }),
);
const done = aRun(deletes);
const cut = { ...aRun(deletes.slice(0, 1), null), endedAt: null };

describe('renderHistory()', () => {
  test('tells when, where, what caused it, and every operation with its outcome', () => {
    expect(renderHistory([done, cut])).toMatchInlineSnapshot(`
      "2026-06-01T00:00:00Z  swr-north/shop/web
        run run-1, schedule, policies sha256:0123456789ab
        asked for by sweep-1, plan sha256:feed
        - ci-1   d90fb3ce2dbb  applied
        - ci-10  688d67174baf  applied
            shop retain[0]: rule "old"

      2026-06-01T00:00:00Z  swr-north/shop/web
        run run-1, schedule, not ended, policies sha256:0123456789ab
        asked for by sweep-1, plan sha256:feed
        - ci-1  d90fb3ce2dbb  no result noted: the process ended in between
            shop retain[0]: rule "old"
      "
    `);
  });
});

test('renderHistory() says how much of a long run it leaves out', () => {
  expect(renderHistory([{ ...done, operationCount: 40_002 }])).toContain(
    '  … 40000 more operations; history --run run-1 shows all\n',
  );
});

describe('historyJson()', () => {
  test('holds the same facts for machines', () => {
    expect(historyJson([done, cut])).toMatchObject({
      format_version: '1.0',
      runs: [
        {
          run: 'run-1',
          target: 'swr-north/shop/web',
          cause: 'schedule',
          ended_at: '2026-06-01T00:00:00.000Z',
          operations: [{ tag: 'ci-1', outcome: { status: 'applied', attempts: 1 } }, {}],
        },
        { ended_at: null, operations: [{ intended_at: '2026-06-01T00:00:00.000Z' }] },
      ],
    });
    expect(JSON.stringify(historyJson([cut]))).not.toContain('outcome');
  });
});
