import { describe, expect, onTestFinished, test } from 'vitest';
import type { InUse } from '../src/model/in-use.ts';
import { withSources } from '../src/providers/promotions.ts';
import type { Provider } from '../src/providers/provider.ts';
import { reconcile } from '../src/reconcile.ts';
import { outlineImage, parseImageContent } from '../src/simulator/oci-image.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { ociBench } from './providers/oci/support/bench.ts';
import { anImagePolicy, aRetain } from './support/policies.ts';
import { swrBench } from './support/provider-bench.ts';

const PATH = 'shop/web';
const IMAGE = { platforms: ['linux/amd64', 'linux/arm64'] };
const TAGS = {
  'old-1': { digest: 'one', image: IMAGE },
  'old-2': { digest: 'two', image: IMAGE },
  '1.0.0': { digest: 'three', image: IMAGE },
};

/** The manifest that a runtime on the first platform reports of a seeded index. */
function childOf(label: string): string {
  return outlineImage(label, parseImageContent(IMAGE, 0)).manifests[1]?.digest ?? '';
}

async function planned(provider: Provider, account: string, running: readonly string[] | null) {
  const targets = [{ account, repositories: ['**'], exclude: [] }];
  const inUse = async (): Promise<InUse> => ({ status: 'known', digests: new Set(running) });
  const report = await reconcile(
    provider,
    {
      target: { account, path: PATH },
      policies: [anImagePolicy({ targets, retain: [aRetain({ pattern: 'old-.*' })] })],
      attributes: null,
      guards: { maxDeletePercent: 100 },
      protect: [],
      baseline: null,
      confirmed: new Set(),
      now: () => new Date(),
      dryRun: true,
      ...(running === null ? {} : { inUse }),
    },
    { signal: new AbortController().signal },
  );
  if (report.status === 'unknown') throw new Error(report.error);
  const { operations, findings } = report.plan;
  return { names: operations.map(({ tag }) => tag), findings };
}

async function registry() {
  const simulator = await startSimulator({ seed: { oci: [{ name: PATH, tags: TAGS }] } });
  onTestFinished(async () => await simulator.close());
  const bench = ociBench(simulator.endpoints.oci);
  const provider = withSources(bench.provider, new Map([['mirror', bench.provider]]));
  const deleted = (running: readonly string[] | null) => planned(provider, 'mirror', running);
  const manifestReads = () => bench.operations.filter((one) => one === 'GetManifest').length;
  return { simulator, deleted, manifestReads };
}

describe('reconcile() with contents in use', () => {
  test('reconcile() keeps an index that runs by the digest of a platform, and reads no manifest twice', async () => {
    const { deleted, manifestReads } = await registry();

    const first = await deleted([childOf('one'), childOf('three')]);
    const reads = manifestReads();
    const second = await deleted([childOf('one')]);

    expect(first.names).toEqual(['old-2']);
    expect(first.findings).toMatchObject([{ message: expect.stringContaining('"old-1" is not') }]);
    expect(second.names).toEqual(['old-2']);
    expect(reads).toBeGreaterThan(0);
    expect(manifestReads()).toBe(reads);
  });

  test.each([
    ['nobody asks', null],
    ['nothing runs', []],
  ])('reconcile() reads no manifest while %s', async (_what, running) => {
    const { deleted, manifestReads } = await registry();

    expect((await deleted(running)).names).toEqual(['old-1', 'old-2']);

    expect(manifestReads()).toBe(0);
  });

  test('reconcile() keeps what cannot be read, and says why', async () => {
    const { simulator, deleted } = await registry();
    simulator.faults.add({
      kind: 'status',
      status: 404,
      operation: 'GetManifest',
      times: Infinity,
    });

    const { names, findings } = await deleted([childOf('one')]);

    expect(names).toEqual([]);
    expect(findings).toMatchObject([
      {
        severity: 'warning',
        rule: 'protect.inUse',
        message: expect.stringMatching(/^"old-1", "old-2" are not deleted: what .* cannot be read/),
      },
    ]);
  });

  test('reconcile() goes by the digests of tags where an API alone is asked', async () => {
    const { provider } = await swrBench({ repositories: [{ name: PATH, tags: TAGS }] });
    const wrapped = withSources(provider, new Map([['swr', provider]]));

    const { names } = await planned(wrapped, 'swr', [childOf('one')]);

    expect(names).toEqual(['old-1', 'old-2']);
  });
});
