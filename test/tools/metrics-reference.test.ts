import { readFileSync } from 'node:fs';
import { Gauge } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../src/model/errors.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { declaredMetrics, fullMetrics } from '../../tools/metrics-reference.ts';
import { docPath } from '../../tools/write-docs.ts';

/** Labels whose values come from code, configuration or the policies in force. */
const BOUNDED = new Set(
  'version revision node_version ref short_sha result state policy phase registry op reason method code queue provider scope fault receiver mode le'.split(
    ' ',
  ),
);
const ACCOUNTS = ['ims-north', 'swr-north', 'swr-south', 'hub', 'hub-2'];
const POLICIES = Array.from({ length: 20 }, (_, at) => `policy-${at}`);
const TARGETS = 2_000;

describe('declaredMetrics()', () => {
  test('every metric is documented', async () => {
    const page = readFileSync(docPath('metrics.md'), 'utf8');

    const declared = await declaredMetrics(fullMetrics(ACCOUNTS).registry);

    const own = declared.map(({ name }) => name).filter((name) => name.startsWith('tagwarden_'));
    expect(own.length).toBeGreaterThan(35);
    expect(own.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });

  test('every label is bounded and every name ends in its unit', async () => {
    const declared = await declaredMetrics(fullMetrics(ACCOUNTS).registry);
    const own = declared.filter(({ name }) => name.startsWith('tagwarden_'));

    const unbounded = own.flatMap(({ name, labels }) =>
      labels.filter((label) => !BOUNDED.has(label)).map((label) => `${name}{${label}}`),
    );
    const misnamed = own.filter(({ name, type }) => {
      if (type === 'counter') return !name.endsWith('_total');
      return type === 'histogram' ? !name.endsWith('_seconds') : name.endsWith('_total');
    });

    expect(unbounded).toEqual([]);
    expect(misnamed).toEqual([]);
  });

  test('a metric that nobody documents, and a label for each tag, would be noticed', async () => {
    const { registry } = fullMetrics(ACCOUNTS);
    const [name, labelNames] = ['tagwarden_new', ['tag']];
    new Gauge({ name, help: 'x', labelNames, registers: [registry] });

    const found = (await declaredMetrics(registry)).find((metric) => metric.name === name);

    expect(found?.labels.every((label) => BOUNDED.has(label))).toBe(false);
    expect(readFileSync(docPath('metrics.md'), 'utf8')).not.toContain(`\`${name}\``);
  });

  test('R24: a service with 2,000 targets that met everything has at most 2,000 series', async () => {
    const metrics = fullMetrics(ACCOUNTS);
    metrics.setPolicies(POLICIES);

    meetEverything(metrics);

    const { text } = await metrics.render();
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(series.length).toBeGreaterThan(500);
    expect(series.length).toBeLessThanOrEqual(2_000);
  });
});

/** Every account asked in every way and answered in every way, over many targets. */
function meetEverything(metrics: Metrics): void {
  const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[];
  for (let at = 0; at < TARGETS; at += 1) {
    const account = ACCOUNTS[at % ACCOUNTS.length] ?? '';
    const target = { account, path: `shop/web-${at}` };
    const operation = anOperation(`v1.${at}`);
    const code = codes[at % codes.length] ?? 'INTERNAL';
    const outcome = { status: 'failed', code, error: `${at}` } as const;
    const head = { target, name: null, provider: 'huawei-swr' };
    const plan = {
      target,
      operations: [operation],
      findings: [],
      verdict: { safe: true },
    } as const;
    metrics.recordPass({
      report: {
        ...head,
        status: 'drifted',
        performed: [{ operation, outcome }],
        plan: { ...plan, digest: 'sha256:0', protect: [], listed: 3 },
      },
      policies: [`policy-${at % 30}`],
      event: { provider: 'hook', ageMs: at },
    });
    metrics.recordPass({
      report: { ...head, status: 'unknown', code, error: '', retriable: true, retryAfterMs: null },
      policies: POLICIES,
      event: null,
    });
    const method = ['GET', 'POST', 'DELETE'][at % 3] ?? 'GET';
    const statuses = [200, 204, 404, 429, 503, 418, 599, null];
    metrics.recordRequest({ account, method, status: statuses[at % 8] ?? null, durationMs: at });
  }
}

function anOperation(tag: string): Operation {
  const why = { policy: 'p', rule: 'retain[0]', mode: 'sync', because: 'old' } as const;
  return { type: 'delete', tag, replaces: null, makesRoomFor: null, ...why };
}
