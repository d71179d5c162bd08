import { describe, expect, test } from 'vitest';
import { type Connection, isAllowed, type Party } from './network.ts';
import { type KubeObject, renderedObjects } from './objects.ts';

const SETS = [
  { set: 'kustomize prod', objects: renderedObjects('kustomize', 'prod') },
  { set: 'kustomize prod-git', objects: renderedObjects('kustomize', 'prod-git') },
  { set: 'helm distributed', objects: renderedObjects('helm', 'distributed') },
];

const NAME = { 'app.kubernetes.io/name': 'tagwarden', 'app.kubernetes.io/instance': 'tagwarden' };
const API = { ...NAME, 'app.kubernetes.io/component': 'api' };
const SCHEDULER = { ...NAME, 'app.kubernetes.io/component': 'scheduler' };
const WORKER = { ...NAME, 'app.kubernetes.io/component': 'worker' };
const PORTS = { http: 8080, hooks: 8081 };

const DNS = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const REDIS = { namespace: 'redis', labels: { app: 'redis' } };
const INGRESS = { namespace: 'ingress-nginx', labels: {} };
const PROMETHEUS = { namespace: 'monitoring', labels: {} };
const NEIGHBOR = { namespace: 'tagwarden', labels: { app: 'other' } };
const STRANGER = { namespace: 'default', labels: {} };

function out(pod: Connection['pod'], other: Party, port: number, protocol: 'TCP' | 'UDP' = 'TCP') {
  return { direction: 'egress', pod, other, port, protocol } as const;
}

function into(pod: Connection['pod'], other: Party, port: number) {
  const portNames = pod === API ? PORTS : { http: 8080 };
  return { direction: 'ingress', pod, other, port, protocol: 'TCP', portNames } as const;
}

const ALLOWED: readonly (readonly [string, Connection])[] = [
  ['a worker asks for names', out(WORKER, DNS, 53, 'UDP')],
  ['a worker asks for names that are long', out(WORKER, DNS, 53)],
  ['the API reaches Redis', out(API, REDIS, 6379)],
  ['the scheduler reaches Redis', out(SCHEDULER, REDIS, 6379)],
  ['a worker reaches Redis', out(WORKER, REDIS, 6379)],
  ['a worker reaches a cloud', out(WORKER, { address: '198.51.100.7' }, 443)],
  ['the scheduler reaches a cloud', out(SCHEDULER, { address: '203.0.113.9' }, 443)],
  ['the ingress controller brings a webhook', into(API, INGRESS, 8081)],
  ['Prometheus scrapes a worker', into(WORKER, PROMETHEUS, 8080)],
  ['Prometheus scrapes the API', into(API, PROMETHEUS, 8080)],
];

const DENIED: readonly (readonly [string, Connection])[] = [
  ['the ingress controller reaches the API', into(API, INGRESS, 8080)],
  ['the ingress controller reaches a worker', into(WORKER, INGRESS, 8080)],
  ['a webhook comes to a worker', into(WORKER, INGRESS, 8081)],
  ['Prometheus sends webhooks', into(API, PROMETHEUS, 8081)],
  ['a stranger reaches the API', into(API, STRANGER, 8080)],
  ['a stranger sends webhooks', into(API, STRANGER, 8081)],
  ['a neighbor reaches a worker', into(WORKER, NEIGHBOR, 8080)],
  ['somebody outside reaches the API', into(API, { address: '198.51.100.7' }, 8080)],
  ['a worker asks the metadata of its node', out(WORKER, { address: '169.254.169.254' }, 443)],
  ['a worker asks the metadata over HTTP', out(WORKER, { address: '169.254.169.254' }, 80)],
  ['a worker reaches the Kubernetes API', out(WORKER, { address: '10.96.0.1' }, 443)],
  ['a worker speaks HTTP to the outside', out(WORKER, { address: '198.51.100.7' }, 80)],
  ['a worker opens SSH to the outside', out(WORKER, { address: '198.51.100.7' }, 22)],
  ['a worker reaches another port of Redis', out(WORKER, REDIS, 26379)],
  ['a worker reaches another pod of kube-system', out(WORKER, { ...DNS, labels: {} }, 53, 'UDP')],
  ['a worker reaches a stranger', out(WORKER, STRANGER, 443)],
  ['the API reaches a worker', out(API, { namespace: 'tagwarden', labels: WORKER }, 8080)],
];

describe.each(SETS)('the NetworkPolicies of $set', ({ objects }) => {
  test.each(ALLOWED)('let through: %s', (_, connection) => {
    expect(isAllowed(objects, 'tagwarden', connection)).toBe(true);
  });

  test.each(DENIED)('stop: %s', (_, connection) => {
    expect(isAllowed(objects, 'tagwarden', connection)).toBe(false);
  });

  test('each let something through that nothing else does, but the one that denies', () => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    const without = (left: KubeObject) => objects.filter((one) => one !== left);

    const idle = policies.filter((one) =>
      ALLOWED.every(([, connection]) => isAllowed(without(one), 'tagwarden', connection)),
    );

    expect(idle.map(({ metadata }) => metadata.name)).toEqual([
      expect.stringMatching(/default-deny$/),
    ]);
  });
});

test.each(SETS.slice(0, 2))(
  'the NetworkPolicies of $set deny what no rule names',
  ({ objects }) => {
    const others = [out(NEIGHBOR.labels, DNS, 53, 'UDP'), into(NEIGHBOR.labels, INGRESS, 8081)];
    const rest = objects.filter(({ metadata }) => metadata.name !== 'default-deny');
    const judge = (policies: readonly KubeObject[]) =>
      others.map((connection) => isAllowed(policies, 'tagwarden', connection));

    expect([judge(objects), judge(rest)]).toEqual([
      [false, false],
      [true, true],
    ]);
  },
);

test('isAllowed() lets everything through where no policy is', () => {
  expect(isAllowed([], 'tagwarden', into(API, STRANGER, 8080))).toBe(true);
});
