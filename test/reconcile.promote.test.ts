import { describe, expect, onTestFinished, test } from 'vitest';
import type { OciAccount } from '../src/model/account.ts';
import { createProvider } from '../src/providers/catalog.ts';
import { withSources } from '../src/providers/promotions.ts';
import type { Provider } from '../src/providers/provider.ts';
import { type Pass, reconcile } from '../src/reconcile.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { anImagePolicy, aPromotion, aRetain } from './support/policies.ts';
import { RUNTIME } from './support/provider-bench.ts';

const options = { signal: new AbortController().signal };
const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const THERE = { account: 'mirror', path: 'shop/web' };

const POLICY = anImagePolicy({
  targets: [{ account: 'registry', repositories: ['shop/*'], exclude: [] }],
  promote: [
    aPromotion({
      to: [{ account: 'mirror', repository: '{{ repository }}' }],
      count: 2,
      referrers: true,
    }),
  ],
});

function anAccount(name: string, endpoint: string): OciAccount {
  return {
    name,
    provider: 'oci',
    endpoint,
    limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
    timeoutMs: 5_000,
    protect: [],
    caFile: null,
    auth: { type: 'anonymous' },
    tokenRealm: null,
  };
}

async function startRegistry(tags: object): Promise<Simulator> {
  const oci = Object.keys(tags).length === 0 ? [] : [{ name: 'shop/web', tags }];
  const simulator = await startSimulator({ seed: { oci } });
  onTestFinished(async () => await simulator.close());
  return simulator;
}

/** Two accounts as the service joins them. */
function connect(registry: Simulator, mirror: Simulator): Provider {
  const own = new Map(
    [['registry', registry] as const, ['mirror', mirror] as const].map(([name, { endpoints }]) => {
      const provider = createProvider(anAccount(name, endpoints.oci), {
        ...RUNTIME,
        random: Math.random,
      });
      onTestFinished(async () => await provider.close());
      return [name, provider] as const;
    }),
  );
  const provider = own.get('mirror');
  if (provider === undefined) throw new Error('No such account');
  return withSources(provider, own);
}

function aPass(overrides: Partial<Pass> = {}): Pass {
  return {
    target: THERE,
    policies: [POLICY],
    attributes: { namespace: 'shop', name: 'web' },
    guards: { maxDeletePercent: 30 },
    protect: [],
    baseline: null,
    confirmed: new Set(),
    now: () => new Date(),
    dryRun: false,
    ...overrides,
  };
}

const image = { platforms: PLATFORMS, layerBytes: 64, signed: ['referrers'] };

describe('reconcile() with promotions between registries', () => {
  test('reconcile() brings the chosen images over, and has nothing to do the second time', async () => {
    const tags = {
      '1.0.0': { digest: 'a', image },
      '1.1.0': { digest: 'b', image },
      '2.0.0': { digest: 'c', image },
    };
    const [registry, mirror] = await Promise.all([startRegistry(tags), startRegistry({})]);
    const provider = connect(registry, mirror);

    const first = await reconcile(provider, aPass(), options);

    const { '1.0.0': _old, ...chosen } = registry.world.ociTags('shop/web');
    expect(first).toMatchObject({
      status: 'drifted',
      performed: [{ outcome: { status: 'applied' } }, { outcome: { status: 'applied' } }],
    });
    expect(mirror.world.ociTags('shop/web')).toEqual(chosen);
    mirror.journal.reset();
    const second = await reconcile(provider, aPass(), options);
    expect(second).toMatchObject({ status: 'in-sync', performed: [] });
    expect(mirror.journal.entries).toEqual([]);
  });

  test('reconcile() promotes inside one account, and keeps what is promoted from being deleted there', async () => {
    const registry = await startRegistry({ '1.0.0': { digest: 'a', image }, old: 'b' });
    registry.world.addOciRepository({
      name: 'release/web',
      tags: { junk: 'c', '1.0.0': 'b', one: 'd', two: 'e' },
    });
    const own = connect(registry, registry);
    const policy = anImagePolicy({
      targets: [{ account: 'mirror', repositories: ['shop/web'], exclude: [] }],
      promote: [
        aPromotion({ to: [{ account: 'mirror', repository: 'release/web' }], noClobber: false }),
      ],
    });
    const cleaning = anImagePolicy({
      name: 'cleaning',
      targets: [{ account: 'mirror', repositories: ['release/*'], exclude: [] }],
      retain: [aRetain({ pattern: String.raw`junk|1\.0\.0` })],
    });
    const target = { account: 'mirror', path: 'release/web' };
    const guards = { maxDeletePercent: 100 };

    const report = await reconcile(
      own,
      aPass({ target, guards, policies: [policy, cleaning] }),
      options,
    );

    expect(report).toMatchObject({ status: 'drifted', plan: { verdict: { safe: true } } });
    const { one, two, ...cleaned } = registry.world.ociTags('release/web');
    expect([one, two]).not.toContain(undefined);
    expect(cleaned).toEqual({ '1.0.0': registry.world.ociTags('shop/web')['1.0.0'] });
    expect(registry.requests.count('oci', 'MountBlob')).toBeGreaterThan(0);
  });

  test('reconcile() takes a promotion up where a registry that went away left it', async () => {
    const tags = { '1.0.0': { digest: 'a', image } };
    const [registry, mirror] = await Promise.all([startRegistry(tags), startRegistry({})]);
    const provider = connect(registry, mirror);
    const remove = mirror.faults.add({
      kind: 'before',
      operation: 'PutManifest',
      skip: 1,
      times: 99,
    });

    const broken = await reconcile(provider, aPass(), options);

    expect(broken).toMatchObject({ performed: [{ outcome: { status: 'failed' } }] });
    remove();
    const mended = await reconcile(provider, aPass(), options);
    expect(mended).toMatchObject({ status: 'drifted' });
    expect(mirror.world.ociTags('shop/web')).toEqual(registry.world.ociTags('shop/web'));
  });
});
