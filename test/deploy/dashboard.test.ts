import { describe, expect, test } from 'vitest';
import { queriesOf, readDashboard } from './dashboard-file.ts';

const dashboard = readDashboard();
const { panels } = dashboard;
const shown = panels.filter(({ type }) => type !== 'row');

describe('deploy/dashboard.json', () => {
  test('dashboard.json has the six rows, from what users feel to what a process does', () => {
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);

    expect(rows).toEqual([
      'Are we in sync?',
      'What did we change?',
      'Registries',
      'Queues and workers',
      'Webhooks and git',
      'Runtime',
    ]);
  });

  test('dashboard.json gives each panel a number of its own, a unit, and a description that tells what is normal', () => {
    const ids = new Set(panels.map(({ id }) => id));

    expect(ids.size).toBe(panels.length);
    expect(shown.filter(({ fieldConfig }) => !fieldConfig?.defaults.unit)).toEqual([]);
    expect(
      shown
        .filter(({ description = '' }) => !/\bNormal: /.test(description))
        .map((one) => one.title),
    ).toEqual([]);
    expect(shown.filter(({ targets }) => targets.length === 0)).toEqual([]);
  });

  test('dashboard.json lays no panel over another or beside the grid', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => ({ x: x + (at % w), y: y + Math.floor(at / w) })),
    );

    expect(cells.filter(({ x }) => x < 0 || x >= 24)).toEqual([]);
    expect(new Set(cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(cells.length);
    expect(cells.length).toBe(24 * (Math.max(...cells.map(({ y }) => y)) + 1));
  });

  test('dashboard.json asks one data source, which is chosen above it', () => {
    const { templating, annotations } = dashboard;
    const sources = [
      ...shown.map(({ datasource }) => datasource),
      ...shown.flatMap(({ targets }) => targets.map(({ datasource }) => datasource)),
      ...annotations.list.map(({ datasource }) => datasource),
    ];

    expect(templating.list.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'datasource datasource',
      'policy query',
    ]);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(['${datasource}']));
    expect(dashboard.text.match(/"uid": "(?!\$\{datasource\}|tagwarden")/g)).toBeNull();
  });

  test('dashboard.json uses no variable that it does not have, and marks new revisions of the policies', () => {
    const queries = queriesOf(dashboard);
    const all = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');

    expect(queries.filter(({ expr }) => expr.includes('$'))).toEqual([]);
    expect(all).toContain('policy=~"$policy"');
    expect(dashboard.annotations.list.map(({ expr }) => expr).join()).toContain(
      'tagwarden_policy_revision_info',
    );
  });
});
