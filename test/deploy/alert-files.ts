import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const AlertRule = z.strictObject({
  alert: z.string().regex(/^Tagwarden[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().regex(/^\d+[mh]$/),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket', 'info']) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    runbook_url: z.url(),
  }),
});
const RecordingRule = z.strictObject({ record: z.string(), expr: z.string() });
const RuleFile = z.strictObject({
  groups: z.array(
    z.strictObject({ name: z.string(), rules: z.array(z.union([AlertRule, RecordingRule])) }),
  ),
});
const TestFile = z.object({
  group_eval_order: z.array(z.string()),
  tests: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string(),
      input_series: z.array(z.strictObject({ series: z.string(), values: z.string() })),
      promql_expr_test: z.array(
        z.strictObject({
          expr: z.string(),
          eval_time: z.string(),
          exp_samples: z.array(z.strictObject({ labels: z.string(), value: z.number() })),
        }),
      ),
    }),
  ),
});

/** A path of the repository as the file system has it. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

export const ALERTS_FILE = pathOf('deploy/alerts.yaml');

/** deploy/alerts.yaml: its groups, alerts and recording rules. */
export function readRules() {
  const { groups } = RuleFile.parse(parse(readFileSync(ALERTS_FILE, 'utf8')));
  const rules = groups.flatMap((group) => group.rules);
  return {
    groups: groups.map(({ name }) => name),
    alerts: rules.filter((rule) => 'alert' in rule),
    records: rules.filter((rule) => 'record' in rule),
  };
}

/** The files of unit tests beside it, and what they hold. */
export function readRuleTests() {
  const files = ['deploy/alerts.test.yaml', 'deploy/alerts-week.test.yaml'].map(pathOf);
  const parsed = files.map((file) => TestFile.parse(parse(readFileSync(file, 'utf8'))));
  return {
    files,
    orders: parsed.map((file) => file.group_eval_order),
    tests: parsed.flatMap(({ tests }) => tests),
  };
}

/** docs/runbooks by the name of the alert. */
export function readRunbooks(): ReadonlyMap<string, string> {
  const files = globSync(pathOf('docs/runbooks/*.md')).map((file) => [file, basename(file, '.md')]);
  return new Map(
    files
      .filter(([, name]) => name !== 'README')
      .map(([file = '', name = '']) => [name, readFileSync(file, 'utf8')]),
  );
}
