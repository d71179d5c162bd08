import { describe, expect, test } from 'vitest';
import { isRetriable } from '../../src/model/errors.ts';
import { type RegistryBench, registryBench, WEB } from './support/bench.ts';
import { inventory, promote, RELEASE } from './support/promotion.ts';

const KINDS = ['before', 'after', 'hang', 'reset', 'reset-after', 'truncate', '429'] as const;
/** Two chunks of an upload, for the requests that send or read it; else there is none. */
const LARGE = 5 * 1024 * 1024;

/** Every request a promotion makes, and where. */
const REQUESTS = [
  { side: 'to', operation: 'HeadManifest', layerBytes: 64 },
  { side: 'to', operation: 'HeadBlob', layerBytes: 64 },
  { side: 'to', operation: 'StartUpload', layerBytes: 64 },
  { side: 'to', operation: 'PatchUpload', layerBytes: LARGE },
  { side: 'to', operation: 'FinishUpload', layerBytes: LARGE },
  { side: 'to', operation: 'PutManifest', layerBytes: 64 },
  { side: 'to', operation: 'ListReferrers', layerBytes: 64 },
  { side: 'from', operation: 'GetManifest', layerBytes: 64 },
  { side: 'from', operation: 'GetBlob', layerBytes: LARGE },
  { side: 'from', operation: 'ListReferrers', layerBytes: 64 },
] as const;

const SLOW = { timeout: 60_000 };

describe('transferToRegistry() with faults', () => {
  test.each(REQUESTS)(
    'transferToRegistry() comes to the right end through every fault of $operation at the end it goes $side',
    SLOW,
    async ({ side, operation, layerBytes }) => {
      const image = { layerBytes, signed: ['referrers' as const] };
      const tags = { v1: { digest: 'one', image } };
      const quick = { timeoutMs: 2_000 };
      const from = await registryBench({ oci: [{ name: WEB.path, tags }] }, quick);
      const to = await registryBench({}, quick);
      const value = from.simulator.world.ociTags(WEB.path)['v1'] ?? '';
      const wanted = await inventory(from.simulator.endpoints.oci, WEB.path, 'v1');
      const outcomes: string[] = [];

      for (const kind of KINDS) {
        const target = { account: 'mirror', path: `release/${kind}` };
        const bench = side === 'to' ? to : from;
        bench.simulator.faults.add({ kind, operation });
        const ends = { from: from.registry, to: to.registry, target };
        const run = () => promote(ends, { value, referrers: true });
        const outcome = await outcomeOf(run);
        outcomes.push(`${kind} ${outcome}`);
        if (outcome !== 'done') await run();

        expect(await inventory(to.simulator.endpoints.oci, target.path, 'stable')).toEqual(wanted);
        expect(await referrersAt(to, target.path, value)).toHaveLength(1);
      }

      expect(outcomes).toEqual(KINDS.map((kind) => `${kind} ${expected(operation, kind)}`));
    },
  );

  test.each(['before', 'reset', 'hang'] as const)(
    'transferToRegistry() leaves the name alone and goes on where it was when the destination stays away (%s)',
    SLOW,
    async (kind) => {
      const tags = { v1: { digest: 'one', image: { layerBytes: 64 } } };
      const quick = { timeoutMs: 1_000 };
      const bench = await registryBench({ oci: [{ name: WEB.path, tags }] });
      const to = await registryBench({ oci: [{ name: RELEASE.path, tags: {} }] }, quick);
      const value = bench.simulator.world.ociTags(WEB.path)['v1'] ?? '';
      const ends = { from: bench.registry, to: to.registry };
      const remove = to.simulator.faults.add({ kind, operation: 'PutManifest', times: 99 });

      const broken = await outcomeOf(() => promote(ends, { value }));

      expect(broken).toBe('retriable');
      expect(to.simulator.world.ociTags(RELEASE.path)).toEqual({});
      remove();
      const sent = to.operations.length;
      await promote(ends, { value });
      expect(to.simulator.world.ociTags(RELEASE.path)).toEqual({ stable: value });
      expect(to.operations.slice(sent).filter((one) => /Upload/.test(one))).toEqual([]);
    },
  );
});

/** Half a document is not asked for again at once, but by the next pass; all else is settled on the spot. */
function expected(operation: string, kind: string): string {
  return operation === 'GetManifest' && kind === 'truncate' ? 'retriable' : 'done';
}

async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'done';
  } catch (error) {
    return isRetriable(error) ? 'retriable' : String(error);
  }
}

async function referrersAt({ simulator }: RegistryBench, path: string, digest: string) {
  const response = await fetch(`${simulator.endpoints.oci}/v2/${path}/referrers/${digest}`);
  const { manifests } = (await response.json()) as { manifests: unknown[] };
  return manifests;
}
