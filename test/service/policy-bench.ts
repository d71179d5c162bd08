import { onTestFinished } from 'vitest';
import type { GitLocation } from '../../src/model/git-location.ts';
import { loadPolicySet } from '../../src/service/load-policies.ts';
import { openPolicies } from '../../src/service/policies.ts';
import { capabilitiesOfProvider } from '../../src/service/validate.ts';
import { createGitOrigin } from '../../src/sources/git.ts';
import type { PolicyOrigin } from '../../src/sources/origin.ts';
import type { PolicySource } from '../../src/sources/policy-source.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { aFolder } from '../sources/git-bench.ts';
import { keptLog } from './service-bench.ts';

/** A policy that the parser takes. */
export function policyText(name: string, value = 'ops'): string {
  return [
    'apiVersion: tagwarden/v1',
    'kind: ResourceTagPolicy',
    `metadata: { name: ${name} }`,
    'spec:',
    '  mode: sync',
    '  interval: 1h',
    `  targets: [{ account: ims, images: { name: "${name}-*", visibility: private } }]`,
    `  tags: { ensure: { owner: ${value} } }`,
    '',
  ].join('\n');
}

/** A source over an origin, as the service opens it. */
export interface Opened {
  readonly source: PolicySource;
  readonly log: ReturnType<typeof keptLog>;
  readonly metrics: () => Promise<string>;
}

export async function openOn(origin: PolicyOrigin): Promise<Opened> {
  const capabilities = new Map([['ims', capabilitiesOfProvider('huawei-ims')]]);
  const load = async () => (await loadPolicySet(origin, capabilities)).set;
  const metrics = createMetrics({ version: '0', revision: 'test' }, ['ims']);
  const log = keptLog();
  const initial = await load();
  const source = openPolicies({ initial, load, metrics, log, now: () => new Date() });
  return { source, log, metrics: async () => (await metrics.render()).text };
}

export async function gitOrigin(
  url: string,
  overrides: Partial<GitLocation> = {},
): Promise<PolicyOrigin> {
  const location: GitLocation = {
    url,
    ref: 'main',
    path: 'policies',
    intervalMs: 60_000,
    timeoutMs: 10_000,
    auth: { type: 'none' },
    caFile: null,
    cacheFolder: await aFolder(),
    ...overrides,
  };
  const variable = (name: string): string | null => process.env[name] ?? null;
  const origin = createGitOrigin({
    location,
    variable,
    random: Math.random,
    now: () => new Date(),
  });
  onTestFinished(async () => await origin.close());
  return origin;
}
