import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../src/model/account.ts';
import type { PolicySet } from '../src/model/policy.ts';
import type { Report } from '../src/model/report.ts';
import { Secret } from '../src/model/secret.ts';
import { targetKey } from '../src/model/target.ts';
import { parsePolicies } from '../src/policy/parse.ts';
import { createProvider } from '../src/providers/catalog.ts';
import type { Provider } from '../src/providers/provider.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { discoverPolicy, type Selected, sweepAll } from '../src/sweep.ts';
import { allOf } from './support/pages.ts';
import { RUNTIME } from './support/provider-bench.ts';

const PLAIN = { tags: false, isFull: false };
const HUAWEI = { accessKey: 'AK-SWEEP-1', secretKey: 'SK-SWEEP-1', projectId: 'project' };
const IDS = ['0', '1', '2'].map((n) => `67e17426-359e-49fb-aa12-00000000000${n}`);

/** Images `golden-0..2`, the given number of repositories `shop/app-N`, and `other/tool`. */
async function bench(repositories = 3) {
  const names = Array.from({ length: repositories }, (_, index) => `shop/app-${index}`);
  const simulator = await startSimulator({
    seed: {
      credentials: { huawei: [HUAWEI] },
      images: IDS.map((id, index) => ({ id, name: `golden-${index}` })),
      repositories: [...names, 'other/tool'].map((name) => ({ name, tags: { v1: 'one' } })),
    },
  });
  const providers = new Map<string, Provider>();
  for (const account of accounts(simulator)) {
    providers.set(account.name, createProvider(account, RUNTIME));
  }
  onTestFinished(async () => {
    for (const provider of providers.values()) await provider.close();
    await simulator.close();
  });
  return { simulator, providers, signal: new AbortController().signal };
}

function accounts({ endpoints }: Simulator): readonly Account[] {
  const shared = {
    limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
    timeoutMs: 1_000,
    protect: [],
    caFile: null,
    region: 'cn-north-4',
    projectId: HUAWEI.projectId,
    auth: {
      type: 'access-key',
      accessKey: new Secret(HUAWEI.accessKey),
      secretKey: new Secret(HUAWEI.secretKey),
      securityToken: null,
    },
  } as const;
  return [
    { ...shared, name: 'swr', provider: 'huawei-swr', endpoint: endpoints.swr },
    { ...shared, name: 'ims', provider: 'huawei-ims', endpoint: endpoints.ims },
  ];
}

function policies(...specs: readonly string[]): PolicySet {
  const text = specs.map((spec, index) => {
    const kind = spec.includes('repositories') ? 'ImageTagPolicy' : 'ResourceTagPolicy';
    const rule =
      kind === 'ImageTagPolicy' ? 'copies: [{ from: v1, to: v2 }]' : 'tags: { ensure: { a: b } }';
    return `apiVersion: tagwarden/v1\nkind: ${kind}\nmetadata: { name: p${index} }\nspec: { mode: sync, ${rule}, ${spec} }\n`;
  });
  return parsePolicies([{ path: 'p.yaml', text: text.join('---\n') }]);
}

const SHOP = 'targets: [{ account: swr, repositories: ["shop/*"] }]';
const GOLDEN = 'targets: [{ account: ims, images: { name: "golden-*" } }]';

async function visit({ target }: Selected): Promise<Report> {
  const plan = {
    target,
    operations: [],
    findings: [],
    verdict: { safe: true },
    digest: 'sha256:0',
    protect: [],
    listed: 1,
  } as const;
  return { status: 'in-sync', name: null, target, provider: 'any', plan, performed: [] };
}

const keys = (reports: readonly Report[]): string[] =>
  reports.map((report) => `${targetKey(report.target)} ${report.status}`);
const isWanted = (): boolean => true;

describe('sweepAll()', () => {
  test('sweepAll() visits what any policy selects, once, with all policies that select it, sorted', async () => {
    const { providers, signal } = await bench();
    const set = policies(SHOP, 'targets: [{ account: swr, repositories: ["shop/app-1"] }]', GOLDEN);
    const met: Selected[] = [];

    const reports = await sweepAll(
      { providers, set, isWanted },
      async (selected) => {
        met.push(selected);
        return await visit(selected);
      },
      signal,
    );

    expect(keys(reports)).toEqual([
      ...IDS.map((id) => `ims/${id} in-sync`),
      'swr/shop/app-0 in-sync',
      'swr/shop/app-1 in-sync',
      'swr/shop/app-2 in-sync',
    ]);
    const namesAt = (path: string) =>
      met.find(({ target }) => target.path === path)?.policies.map(({ name }) => name);
    expect(namesAt('shop/app-0')).toEqual(['p0']);
    expect(namesAt('shop/app-1')).toEqual(['p0', 'p1']);
    expect(met.find(({ target }) => target.path === IDS[1])?.attributes?.['name']).toBe('golden-1');
  });

  test('sweepAll() leaves unwanted targets alone', async () => {
    const { providers, signal } = await bench();
    const wanted = (key: string): boolean => key === 'swr/shop/app-2';

    const reports = await sweepAll(
      { providers, set: policies(SHOP, GOLDEN), isWanted: wanted },
      visit,
      signal,
    );

    expect(keys(reports)).toEqual(['swr/shop/app-2 in-sync']);
  });

  test('sweepAll() sends nothing to an account that only suspended policies name', async () => {
    const { providers, signal, simulator } = await bench();
    const set = policies(SHOP, `suspend: true, ${GOLDEN}`);

    const reports = await sweepAll({ providers, set, isWanted }, visit, signal);

    expect(reports).toHaveLength(3);
    expect(simulator.requests.count('ims')).toBe(0);
  });

  test('sweepAll() reports an account that cannot be listed as unknown, and goes on with the others', async () => {
    const { providers, signal, simulator } = await bench();
    simulator.faults.add({ kind: 'before', service: 'ims', status: 503, times: Infinity });

    const reports = await sweepAll(
      { providers, set: policies(SHOP, GOLDEN), isWanted },
      visit,
      signal,
    );

    expect(keys(reports)).toEqual([
      'ims/* unknown',
      'swr/shop/app-0 in-sync',
      'swr/shop/app-1 in-sync',
      'swr/shop/app-2 in-sync',
    ]);
    expect(reports[0]).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retriable: true });
  });

  test('sweepAll() keeps the reports from before the page that failed', async () => {
    const { providers, signal, simulator } = await bench(1_005);
    simulator.faults.add({ kind: 'before', service: 'swr', status: 503, skip: 1, times: Infinity });

    const reports = await sweepAll({ providers, set: policies(SHOP), isWanted }, visit, signal);

    expect(keys(reports)[0]).toBe('swr/* unknown');
    expect(reports.filter(({ status }) => status === 'in-sync').length).toBeGreaterThan(900);
  });

  test('sweepAll() does not let one slow target hold up the others', async () => {
    const { providers, signal } = await bench(120);
    const visited = new Set<string>();
    let release: () => void = () => undefined;
    const allOthers = new Promise<void>((resolve) => {
      release = resolve;
    });

    const reports = await sweepAll(
      { providers, set: policies(SHOP), isWanted },
      async (selected) => {
        visited.add(selected.target.path);
        if (visited.size === 120) release();
        if (visited.size === 1) await allOthers;
        return await visit(selected);
      },
      signal,
    );

    expect(reports).toHaveLength(120);
  });

  test('sweepAll() calls a failure that is no ReconcileError a defect, as a pass does', async () => {
    const { providers, signal } = await bench();
    const broken = async (): Promise<Report> => await Promise.reject(new TypeError('x of null'));

    const reports = await sweepAll({ providers, set: policies(SHOP), isWanted }, broken, signal);

    const error = 'Cannot list the targets of "swr": x of null, which is a defect';
    expect(reports).toMatchObject([
      { code: 'INTERNAL', retriable: false, target: { path: '*' }, error },
    ]);
  });

  test('sweepAll() rejects on an abort, but only when no account is at work any more', async () => {
    const { providers } = await bench();
    const stop = new AbortController();
    const finished: string[] = [];

    const swept = sweepAll(
      { providers, set: policies(SHOP, GOLDEN), isWanted },
      async (selected) => {
        stop.abort();
        if (selected.target.account === 'ims')
          await new Promise((resolve) => setTimeout(resolve, 50));
        finished.push(selected.target.account);
        return await visit(selected);
      },
      stop.signal,
    );

    await expect(swept).rejects.toThrow('aborted');
    const atTheEnd = finished.length;
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(finished).toHaveLength(atTheEnd);
  });
});

describe('discoverPolicy()', () => {
  const both = policies(
    'targets: [{ account: swr, repositories: ["shop/*"] }, { account: gone, repositories: ["x/*"] }]',
    'targets: [{ account: ims, images: { ids: [' + `"${IDS[2]}"` + '] } }]',
  );

  test('discoverPolicy() yields only what the one policy selects, passing over an account that is gone', async () => {
    const { providers, signal } = await bench();
    const [shop, byId] = both.policies;
    if (shop === undefined || byId === undefined) throw new Error('two policies were written');
    const scope = { providers, set: both, ...PLAIN };

    const repositories = await allOf(discoverPolicy(scope, shop, signal));
    const images = await allOf(discoverPolicy(scope, byId, signal));

    expect(repositories.map(({ target }) => target.path).sort()).toEqual([
      'shop/app-0',
      'shop/app-1',
      'shop/app-2',
    ]);
    expect(images.map(({ target }) => target.path)).toEqual([IDS[2]]);
  });

  test('discoverPolicy() yields the healthy account in full, then throws for the other', async () => {
    const { providers, signal, simulator } = await bench();
    const second = providers.get('swr');
    if (second === undefined) throw new Error('the bench has it');
    const renamed = new Map([...providers, ['swr-2', { ...second, account: 'swr-2' }]]);
    const set = policies(
      'targets: [{ account: swr, repositories: ["shop/*"] }, { account: swr-2, repositories: ["shop/*"] }]',
    );
    simulator.faults.add({ kind: 'status', service: 'swr', status: 403, times: 1 });
    const [policy] = set.policies;
    if (policy === undefined) throw new Error('one policy was written');

    const found: string[] = [];
    const walked = (async () => {
      const scope = { providers: renamed, set, ...PLAIN };
      for await (const page of discoverPolicy(scope, policy, signal))
        found.push(...page.map(({ target }) => targetKey(target)));
    })();

    await expect(walked).rejects.toMatchObject({ code: expect.stringMatching(/^PROVIDER_/) });
    expect(found.sort()).toEqual(['swr/shop/app-0', 'swr/shop/app-1', 'swr/shop/app-2']);
  });
});
