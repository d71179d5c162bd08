import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { pathOf } from './alert-files.ts';

const Datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.string() });
const Target = z.object({ refId: z.string(), datasource: Datasource, expr: z.string() });
const Panel = z.object({
  id: z.int().positive(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string().min(1),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  description: z.string().optional(),
  datasource: Datasource.optional(),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }).optional(),
  targets: z.array(Target).default([]),
});
const Dashboard = z.object({
  title: z.string(),
  schemaVersion: z.int(),
  panels: z.array(Panel),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  annotations: z.object({
    list: z.array(z.object({ name: z.string(), datasource: Datasource, expr: z.string() })),
  }),
});

/** deploy/dashboard.json, its text and what it says. */
export function readDashboard() {
  const text = readFileSync(pathOf('deploy/dashboard.json'), 'utf8');
  return { text, ...Dashboard.parse(JSON.parse(text)) };
}

/** Every query of the dashboard as Grafana would send it for all policies, by where it stands. */
export function queriesOf({
  panels,
  annotations,
}: Pick<ReturnType<typeof readDashboard>, 'panels' | 'annotations'>) {
  const shown = panels.flatMap(({ title, targets }) =>
    targets.map(({ refId, expr }) => ({ place: `${title} ${refId}`, expr })),
  );
  const marked = annotations.list.map(({ name, expr }) => ({ place: name, expr }));
  return [...shown, ...marked].map(({ place, expr }) => ({
    place,
    expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$policy', '.*'),
  }));
}
