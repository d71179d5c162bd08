import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { fileForPromtool, promtool } from '../support/promtool.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { ALERTS_FILE, readRules, readRunbooks } from './alert-files.ts';
import { queriesOf, readDashboard } from './dashboard-file.ts';
import { scrapeLiveService } from './live-service.ts';
import { namesIn, parseExposition, type Series, unknownIn } from './promql.ts';

const { groups, alerts, records } = readRules();
const queries = queriesOf(readDashboard());
const PROMQL = /^```promql\n(.*?)^```$/gms;
const runbooks = [...readRunbooks()];
const runbookQueries = runbooks.flatMap(([name, text]) =>
  [...text.matchAll(PROMQL)].flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((expr) => ({ place: name, expr })),
  ),
);

/** Nothing to see where no cloud ever throttled. */
const EMPTY_HERE = new Set(['Pace of throttled accounts A', 'Throttled and unauthorized A']);
/** Synthetic times: what happened in seconds, as if scraped every 15 s. */
const STEP_S = 15;
const SCRAPES = 8;

describe('a live service', () => {
  const opened = new AsyncDisposableStack();
  let scrapes: readonly string[] = [];
  let live: readonly Series[] = [];

  beforeAll(async () => {
    scrapes = await scrapeLiveService(await emptyDatabase(inject('redisUrl')), opened);
    live = parseExposition(scrapes.at(-1) ?? '');
  }, 120_000);
  afterAll(async () => await opened.disposeAsync());

  /** Asks promtool what each expression gives on the scrapes; nothing without promtool. */
  const ask = (asked: readonly { readonly expr: string; readonly sample: number | null }[]) => {
    const evalTime = `${STEP_S * (SCRAPES - 1)}s`;
    const file = fileForPromtool('live.test.yaml', {
      rule_files: [ALERTS_FILE],
      group_eval_order: groups,
      evaluation_interval: `${STEP_S}s`,
      tests: [
        {
          interval: `${STEP_S}s`,
          input_series: inputSeries(scrapes),
          promql_expr_test: asked.map(({ expr, sample }) => ({
            expr,
            eval_time: evalTime,
            exp_samples: sample === null ? [] : [{ labels: '{}', value: sample }],
          })),
        },
      ],
    });
    return promtool(['test', 'rules', file]) ?? 'SUCCESS';
  };

  test.each([...alerts.map(({ alert, expr }) => ({ name: alert, expr })), ...recorded()])(
    'a live service shows every metric, label and value that $name reads',
    ({ expr }) => {
      expect(unknownIn(expr, live)).toEqual([]);
      expect(namesIn(expr).length).toBeGreaterThan(0);
    },
  );

  test('a live service shows every metric, label and value that the dashboard reads', () => {
    const unknown = queries
      .filter(({ place }) => !EMPTY_HERE.has(place))
      .map(({ place, expr }) => ({ place, unknown: unknownIn(expr, live) }));

    expect(unknown.filter((one) => one.unknown.length > 0)).toEqual([]);
    expect(queries.length).toBeGreaterThan(50);
  });

  test('a live service shows every metric that a runbook names', () => {
    const names = new Set(live.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, '')));
    const named = runbooks.flatMap(([runbook, text]) =>
      (text.match(/\btagwarden_\w+/g) ?? []).map((name) => ({ runbook, name })),
    );

    expect(
      named.filter(({ name }) => !names.has(name) && !live.some((one) => one.name === name)),
    ).toEqual([]);
    expect(runbookQueries.flatMap(({ expr }) => unknownIn(expr, live))).toEqual([]);
    expect(named.length).toBeGreaterThan(alerts.length);
  });

  test('a metric, a label and a value that no service shows would be noticed', () => {
    const expr = 'sum by (pod_of) (tagwarden_targets{state="gone"}) + tagwarden_target{a="b"}';

    expect(unknownIn(expr, live)).toEqual([
      'tagwarden_target',
      'pod_of',
      'tagwarden_targets{state="gone"}',
      'tagwarden_target{a}',
    ]);
  });

  test('promtool finds no fault with the names and types of our own metrics', () => {
    const own = (scrapes.at(-1) ?? '')
      .split('\n')
      .filter((line) => /^(?:# \w+ )?tagwarden_/.test(line))
      .join('\n');

    expect(own).toContain('# TYPE tagwarden_build_info gauge');
    expect(promtool(['check', 'metrics'], `${own}\n`) ?? '').toBe('');
  });

  test('a real PromQL engine answers every query of the dashboard and the runbooks on what a live service shows', () => {
    const filled = queries.map(({ place, expr }) =>
      EMPTY_HERE.has(place)
        ? { expr: `count(${expr}) or vector(0)`, sample: 0 }
        : { expr: `count(${expr}) > bool 0`, sample: 1 },
    );
    // What is asked in an emergency is empty while there is none, but must be a query.
    const parsed = runbookQueries.map(({ expr }) => ({
      expr: `count(count(${expr}) or vector(1)) > bool 0`,
      sample: 1,
    }));

    expect(ask([...filled, ...parsed])).toContain('SUCCESS');
    expect(runbookQueries.length).toBeGreaterThan(5);
  }, 60_000);

  test('no alert holds on a service that works', () => {
    const held = alerts.map(({ expr }) => ({ expr: `count(${expr.trim()})`, sample: null }));

    expect(ask(held)).toContain('SUCCESS');
  }, 60_000);
});

function recorded(): readonly { readonly name: string; readonly expr: string }[] {
  return records.map(({ record, expr }) => ({ name: record, expr }));
}

/** The scrapes as series of promtool: the first once, then the last. */
function inputSeries(texts: readonly string[]) {
  const [first = [], last = []] = texts.map(parseExposition);
  const keyOf = ({ name, labels }: Series): string => {
    const all = { ...labels, instance: 'here', job: 'tagwarden' };
    const pairs = Object.entries(all).map(([label, value]) => `${label}="${value}"`);
    return `${name}{${pairs.join(', ')}}`;
  };
  const before = new Map(first.map((series) => [keyOf(series), series.value]));
  return last
    .filter(({ value }) => Number.isFinite(Number(value)))
    .map((series) => ({
      series: keyOf(series),
      values: `${before.get(keyOf(series)) ?? '_'} ${`${series.value} `.repeat(SCRAPES - 1).trim()}`,
    }));
}
