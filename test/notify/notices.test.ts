import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { noticesOf } from '../../src/notify/notices.ts';
import { NOW } from '../support/tags.ts';
import { aPass, aReport, MOVE, UNKNOWN } from './bench.ts';

const WELL = aReport([]);
const REFUSED = aReport([MOVE], { refused: 'guard allTags: 4 of 4 tags go' });
const FAILED = aReport([MOVE], { failed: 'Cannot copy "stable": 503' });
const CHANGED = aReport([MOVE]);

function withFinding(severity: 'warning' | 'error'): Report {
  const report = aReport([]);
  if (report.status === 'unknown') return report;
  const finding = { severity, policy: 'shop', rule: 'copies[0]', message: 'Cannot settle "x"' };
  return { ...report, plan: { ...report.plan, findings: [finding] } };
}

function typesOf(report: Report, before: Report | null): readonly string[] {
  return noticesOf(aPass(report, before), () => 'id').map(({ type }) => type);
}

describe('noticesOf()', () => {
  test.each<[string, Report, Report | null, readonly string[]]>([
    ['in sync, never seen before', WELL, null, []],
    ['in sync as before', WELL, WELL, []],
    ['changed', CHANGED, WELL, ['changed']],
    ['unknown, never seen before', UNKNOWN, null, ['failed']],
    ['unknown after all was well', UNKNOWN, WELL, ['failed']],
    ['unknown as before', UNKNOWN, UNKNOWN, []],
    ['a failed write after no listing', FAILED, UNKNOWN, []],
    ['refused after all was well', REFUSED, WELL, ['refused']],
    ['refused as before', REFUSED, REFUSED, []],
    ['refused after a failure', REFUSED, UNKNOWN, ['refused']],
    ['well after a failure', WELL, UNKNOWN, ['recovered']],
    ['healed after a failure', CHANGED, FAILED, ['changed', 'recovered']],
    ['well after a refusal', WELL, REFUSED, ['recovered']],
    ['a rule in error', withFinding('error'), WELL, ['failed']],
    ['a rule in error as before', withFinding('error'), withFinding('error'), []],
    ['a warning', withFinding('warning'), WELL, []],
  ])('noticesOf() tells of a target that is %s', (_name, report, before, types) => {
    expect(typesOf(report, before)).toEqual(types);
  });

  test('noticesOf() gives each change with the value before and the policy that asked for it', () => {
    const [notice] = noticesOf(aPass(CHANGED), () => 'id');

    expect(notice).toMatchObject({ id: 'id', policies: ['shop'], changes: [MOVE], at: NOW });
  });

  test('noticesOf() says why, and since when a recovered target was not well', () => {
    const told = (report: Report, before: Report | null) =>
      noticesOf(aPass(report, before), () => 'id')[0];

    expect(told(UNKNOWN, null)?.error).toEqual({
      code: 'PROVIDER_AUTH',
      message: 'Cannot sign in',
    });
    expect(told(withFinding('error'), null)?.error).toEqual({
      code: null,
      message: 'shop copies[0]: Cannot settle "x"',
    });
    expect(told(REFUSED, null)?.reasons).toEqual(['guard allTags: 4 of 4 tags go']);
    expect(told(WELL, UNKNOWN)?.since).toEqual(new Date(NOW.getTime() - 60_000));
  });

  test('noticesOf() tells the writes of an interrupted pass, and nothing of how the target stands', () => {
    const interrupted = { ...aPass(FAILED), after: null };

    expect(noticesOf({ ...aPass(CHANGED), after: null }, () => 'id')).toHaveLength(1);
    expect(noticesOf(interrupted, () => 'id')).toEqual([]);
  });

  test('noticesOf() takes drift that is held back for no failure', () => {
    const held: Report = {
      ...CHANGED,
      status: 'drifted',
      ...(CHANGED.status === 'unknown'
        ? {}
        : {
            performed: [
              { operation: MOVE, outcome: { status: 'skipped', reason: 'paused', held: true } },
            ],
          }),
    } as Report;

    expect(typesOf(held, WELL)).toEqual([]);
    expect(typesOf(held, UNKNOWN)).toEqual(['recovered']);
  });
});
