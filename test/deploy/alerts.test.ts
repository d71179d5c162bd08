import { describe, expect, test } from 'vitest';
import { promtool } from '../support/promtool.ts';
import { ALERTS_FILE, readRules, readRuleTests } from './alert-files.ts';
import { namesIn } from './promql.ts';

const { groups, alerts, records } = readRules();
const { files, orders, tests } = readRuleTests();

/** Section 3 of what is promised to operators. */
const PROMISED = [
  'TagwardenAbsent',
  'TagwardenDeleteGuardTripped',
  'TagwardenFleetBreakerOpen',
  'TagwardenOutOfSync',
  'TagwardenPausedTooLong',
  'TagwardenPolicyInvalid',
  'TagwardenQueueStuck',
  'TagwardenRedisUnsafe',
  'TagwardenRegistryAuthFailing',
  'TagwardenRegistryErrors',
  'TagwardenSchedulerDown',
  'TagwardenUnusualDeletes',
  'TagwardenWebhookForgery',
  'TagwardenWorkersCrashing',
];

/** Metrics of an expression, also those behind what is recorded. */
function metricsOf(expr: string): readonly string[] {
  return namesIn(expr).flatMap((name) => {
    const recorded = records.find(({ record }) => record === name);
    return recorded === undefined ? [name] : metricsOf(recorded.expr);
  });
}

describe('deploy/alerts.yaml', () => {
  test('alerts.yaml holds each promised alert once', () => {
    expect(alerts.map(({ alert }) => alert).toSorted()).toEqual(PROMISED);
  });

  test('alerts.yaml has one base of all runbooks, followed by docs/runbooks and the name of the alert', () => {
    const bases = alerts.map(({ alert, annotations }) => {
      const end = `/docs/runbooks/${alert}.md`;
      return annotations.runbook_url.endsWith(end)
        ? annotations.runbook_url.slice(0, -end.length)
        : annotations.runbook_url;
    });

    expect(new Set(bases).size).toBe(1);
  });

  test.each(alerts)('$alert says what to do first, and what it is about in one line', (alert) => {
    const { summary, description } = alert.annotations;

    expect(summary.length).toBeLessThan(100);
    expect(description).toMatch(/\bFirst /);
    expect(description).not.toContain('\n');
  });

  test('alerts.yaml records under a name of level, metric and operation what some alert reads', () => {
    const read = new Set([...alerts, ...records].flatMap(({ expr }) => namesIn(expr)));
    const names = records.map(({ record }) => record);

    expect(names.filter((name) => !/^namespace(_\w+)?:tagwarden_\w+:\w+$/.test(name))).toEqual([]);
    expect(names.filter((name) => !read.has(name))).toEqual([]);
    expect([...read].filter((name) => name.includes(':') && !names.includes(name))).toEqual([]);
  });

  test('promtool accepts every rule', () => {
    const said = promtool(['check', 'rules', ALERTS_FILE]);

    // Without it at least every bracket of every expression is closed.
    const open = [...alerts, ...records].filter(
      ({ expr }) => expr.split('(').length !== expr.split(')').length,
    );
    expect(open).toEqual([]);
    expect(said ?? `SUCCESS: ${alerts.length + records.length} rules`).toContain(
      `SUCCESS: ${alerts.length + records.length} rules`,
    );
  });
});

describe('the unit tests of the alerts', () => {
  const ofAlert = (name: string, kind: string) =>
    tests.filter((one) => one.name.startsWith(`${name} ${kind}: `));

  test.each(alerts)(
    '$alert has a case that fires, with its severity, and one that does not',
    ({ alert, expr, labels: { severity } }) => {
      const [fires, silent] = [ofAlert(alert, 'fires'), ofAlert(alert, 'is silent')];
      const firing = fires.map(({ promql_expr_test: asked }) =>
        asked.flatMap(({ exp_samples: samples }) => samples.map(({ labels }) => labels)),
      );
      const silences = silent.map(({ promql_expr_test: asked }) =>
        asked.filter((one) => one.exp_samples.length === 0),
      );
      const fed = silent.flatMap(({ input_series: series }) =>
        series.flatMap((one) => namesIn(one.series)),
      );

      expect(fires.length).toBeGreaterThan(0);
      expect(silent.length).toBeGreaterThan(0);
      for (const samples of firing) {
        const own = samples.filter((one) => one.includes(`alertname="${alert}"`));
        expect(own.every((one) => one.includes(`severity="${severity}"`))).toBe(true);
        expect(own.length).toBeGreaterThan(0);
      }
      for (const asked of silences) expect(asked.length).toBeGreaterThan(0);
      // Silence for want of any series would prove nothing.
      expect(fed.some((name) => metricsOf(expr).includes(name))).toBe(true);
    },
  );

  test('the unit tests ask about alerts there are, and evaluate all groups in their order', () => {
    const names = alerts.map(({ alert }) => alert);
    const asked = tests.flatMap(({ promql_expr_test: one }) =>
      one.flatMap(({ expr }) => /alertname="(\w+)"/.exec(expr)?.[1] ?? expr),
    );

    expect([...new Set(asked)].toSorted()).toEqual(names.toSorted());
    expect(orders).toEqual(files.map(() => groups));
  });

  test('promtool finds that every alert fires and is silent as its tests say', () => {
    const said = promtool(['test', 'rules', ...files]);

    expect(said?.match(/SUCCESS/g) ?? files.map(() => 'SUCCESS')).toHaveLength(files.length);
  }, 60_000);
});
