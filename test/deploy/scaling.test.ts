import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { isServed, metricNames } from './code-facts.ts';
import {
  deploymentsOf,
  type KubeObject,
  objectOf,
  renderedObjects,
  rolesOf,
  Selector,
  selects,
} from './objects.ts';

const SETS = [
  { set: 'kustomize prod', objects: renderedObjects('kustomize', 'prod') },
  { set: 'kustomize prod-git', objects: renderedObjects('kustomize', 'prod-git') },
  { set: 'helm distributed', objects: renderedObjects('helm', 'distributed') },
];

const Budget = z.strictObject({ maxUnavailable: z.int().min(1), selector: Selector });

const Scaled = z.looseObject({
  scaleTargetRef: z.strictObject({ name: z.string() }),
  minReplicaCount: z.int(),
  maxReplicaCount: z.int(),
  triggers: z.array(
    z.strictObject({
      type: z.string(),
      metricType: z.string(),
      metadata: z.strictObject({
        serverAddress: z.url(),
        query: z.string(),
        threshold: z.string().regex(/^\d+$/),
      }),
    }),
  ),
});

/** What is wrong with how workers are scaled; empty: nothing. */
function scalingProblems(spec: unknown): readonly string[] {
  const { error, data } = Scaled.safeParse(spec);
  if (data === undefined) return [z.prettifyError(error)];
  const known = metricNames();
  const used = data.triggers.flatMap(
    ({ metadata }) => metadata.query.match(/tagwarden_\w+/g) ?? [],
  );
  return [
    ...(data.minReplicaCount < 1 ? ['nobody would look for jobs that are due'] : []),
    ...(data.maxReplicaCount <= data.minReplicaCount ? ['it cannot grow'] : []),
    ...data.triggers
      .filter(({ type }) => type !== 'prometheus')
      .map(({ type }) => `a trigger of type ${type} does not see all that waits`),
    ...used.filter((name) => !known.has(name)).map((name) => `there is no metric ${name}`),
    ...(used.includes('tagwarden_queue_oldest_job_age_seconds') ? [] : ['it does not go by age']),
    ...(used.includes('tagwarden_queue_jobs') ? [] : ['it does not go by the backlog']),
  ];
}

describe.each(SETS)('the scaling of $set', ({ objects }) => {
  test('has budgets that let a node be drained and keep one pod of each role they are for', () => {
    const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name)).toEqual([
      'tagwarden-api',
      'tagwarden-scheduler',
    ]);
    for (const budget of budgets) {
      const { maxUnavailable, selector } = Budget.parse(budget['spec']);
      const behind = deploymentsOf(objects).filter(({ spec }) =>
        selects(selector, spec.template.metadata.labels),
      );

      expect(behind.map(({ metadata }) => metadata.name)).toEqual([budget.metadata.name]);
      expect(behind[0]?.spec.replicas ?? 0).toBeGreaterThan(maxUnavailable);
    }
  });

  test('leaves the number of workers to KEDA, which never takes it to 0', () => {
    const scaled = objectOf(objects, 'ScaledObject', 'tagwarden-worker');
    const worker = deploymentsOf(objects).find(
      ({ metadata }) => metadata.name === 'tagwarden-worker',
    );

    expect(scalingProblems(scaled['spec'])).toEqual([]);
    expect(Scaled.parse(scaled['spec']).scaleTargetRef.name).toBe(worker?.metadata.name);
    expect(worker?.spec.replicas).toBeUndefined();
  });

  test.each([
    ['0 workers', { minReplicaCount: 0 }, 'nobody would look'],
    ['a list of Redis', { triggers: [{ type: 'redis' }] }, 'triggers'],
    ['no trigger', { triggers: [] }, 'it does not go by age'],
  ])('would be refused with %s', (_, change, problem) => {
    const { spec } = objectOf(objects, 'ScaledObject', 'tagwarden-worker') as KubeObject & {
      spec: object;
    };

    expect(scalingProblems({ ...spec, ...change }).join('\n')).toContain(problem);
  });

  test('spreads the pods of each role over nodes and zones', () => {
    const Spread = z.array(z.looseObject({ topologyKey: z.string(), labelSelector: Selector }));
    for (const { spec } of rolesOf(objects)) {
      const found = Spread.parse(spec.template.spec['topologySpreadConstraints']);

      expect(found.map(({ topologyKey }) => topologyKey)).toEqual([
        'kubernetes.io/hostname',
        'topology.kubernetes.io/zone',
      ]);
      const { labels } = spec.template.metadata;
      expect(found.map(({ labelSelector }) => selects(labelSelector, labels))).toEqual([
        true,
        true,
      ]);
    }
  });

  test('is scraped at a path that is served, on every pod', () => {
    const monitor = z
      .looseObject({
        selector: Selector,
        podTargetLabels: z.array(z.string()),
        podMetricsEndpoints: z.array(z.looseObject({ port: z.string(), path: z.string() })),
      })
      .parse(objectOf(objects, 'PodMonitor', 'tagwarden')['spec']);
    const [endpoint] = monitor.podMetricsEndpoints;

    expect(isServed(endpoint?.path ?? '')).toBe(true);
    for (const { spec } of rolesOf(objects)) {
      const { labels } = spec.template.metadata;
      expect(selects(monitor.selector, labels)).toBe(true);
      expect(Object.keys(labels)).toEqual(expect.arrayContaining(monitor.podTargetLabels));
      const ports = spec.template.spec.containers[0]?.ports.map(({ name }) => name);
      expect(ports).toContain(endpoint?.port);
    }
  });
});

test('the PrometheusRule of the overlay prod holds the alerts of deploy/alerts.yaml', () => {
  const rule = objectOf(renderedObjects('kustomize', 'prod'), 'PrometheusRule', 'tagwarden');

  expect(rule['spec']).toEqual(parse(readFileSync('deploy/alerts.yaml', 'utf8')));
});
