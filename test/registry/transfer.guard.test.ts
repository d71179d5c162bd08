import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { RegistryContent } from '../../src/model/promotion.ts';
import type { RegistryRuntime } from '../../src/registry/registry.ts';
import { createRegistryContent } from '../../src/registry/source.ts';
import { type RegistryBench, registryBench, WEB } from './support/bench.ts';
import { promote, RELEASE } from './support/promotion.ts';

/** Two chunks of an upload. */
const LARGE = 5 * 1024 * 1024;
const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';

async function twoBenches(image: object = {}, runtime: Partial<RegistryRuntime> = {}) {
  const tags = { v1: { digest: 'one', image }, v2: 'two' };
  const [from, to] = await Promise.all([
    registryBench({ oci: [{ name: WEB.path, tags }] }),
    registryBench({}, {}, runtime),
  ]);
  const value = from.simulator.world.ociTags(WEB.path)['v1'] ?? '';
  return { from, to, value };
}

const WRITES = /^(?:Mount|Start|Patch|Finish|Put)/;
const writesAt = ({ simulator }: RegistryBench) =>
  simulator.requests.list.filter(({ operation }) => WRITES.test(operation)).length;
const namesAt = ({ simulator }: RegistryBench): Record<string, string> =>
  simulator.world.ociRepositories.has(RELEASE.path) ? simulator.world.ociTags(RELEASE.path) : {};

describe('transferToRegistry() as a guarded write', { timeout: 60_000 }, () => {
  test('transferToRegistry() asks the check before every request that writes, and sends none that it refuses', async () => {
    const image = { platforms: ['linux/amd64', 'linux/arm64'], layerBytes: 64 };
    const whole = await twoBenches({ ...image, signed: ['fallback'] });
    const ends = { from: whole.from.registry, to: whole.to.registry };
    await promote(ends, { value: whole.value, referrers: true });
    const writes = writesAt(whole.to);

    for (let allowed = 0; allowed < writes; allowed += 3) {
      const { from, to, value } = await twoBenches({ ...image, signed: ['fallback'] });
      const check = () => {
        if (writesAt(to) >= allowed) throw new Error('held');
      };
      const ends = { from: from.registry, to: to.registry, check };
      await expect(promote(ends, { value, referrers: true })).rejects.toThrow('held');
      expect(writesAt(to)).toBe(allowed);
      expect(namesAt(to)).toEqual({});
    }

    expect(writes).toBeGreaterThan(12);
  });

  test('transferToRegistry() refuses a name that is bound to other than the plan says, before it sends anything', async () => {
    const { from, to, value } = await twoBenches();
    to.simulator.world.addOciRepository({ name: RELEASE.path, tags: { stable: 'theirs' } });
    const { stable = '' } = namesAt(to);
    const ends = { from: from.registry, to: to.registry };

    for (const replaces of [null, value.replace(/.$/, '0')]) {
      const promoted = promote(ends, { value, replaces });
      await expect(promoted).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    }
    const unbound = promote(ends, { value, tag: 'free', replaces: stable });
    await expect(unbound).rejects.toMatchObject({ code: 'TARGET_CHANGED' });

    expect(writesAt(to)).toBe(0);
    await promote(ends, { value, replaces: stable });
    expect(namesAt(to)).toEqual({ stable: value });
  });

  test.each(['StartUpload', 'FinishUpload', 'PutManifest'])(
    'transferToRegistry() leaves a name that somebody binds while the reply to %s is lost',
    async (operation) => {
      const onRequest = (event: { readonly operation: string; readonly status: number | null }) => {
        if (event.operation !== operation || event.status !== 503) return;
        to.simulator.world.setOciTag(RELEASE.path, 'stable', 'theirs');
      };
      const { from, to, value } = await twoBenches({}, { onRequest });
      to.simulator.world.addOciRepository({ name: RELEASE.path, tags: {} });
      to.simulator.faults.add({ kind: 'before', operation });

      const promoted = promote({ from: from.registry, to: to.registry }, { value });

      await expect(promoted).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
      expect(namesAt(to)['stable']).toBeDefined();
      expect(namesAt(to)['stable']).not.toBe(value);
    },
  );

  test('transferToRegistry() reports content that is gone at the source as a change', async () => {
    const { from, to, value } = await twoBenches();
    const gone = value.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

    const promoted = promote({ from: from.registry, to: to.registry }, { value: gone });

    await expect(promoted).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(writesAt(to)).toBe(0);
  });

  test.each([
    ['to', 'HeadBlob'],
    ['to', 'PatchUpload'],
    ['to', 'PutManifest'],
    ['from', 'GetBlob'],
    ['from', 'GetManifest'],
  ] as const)(
    'transferToRegistry() stops at once when it is cancelled while %s hangs in %s',
    async (side, operation) => {
      const bench = await twoBenches({ layerBytes: LARGE });
      const { from, to, value } = bench;
      bench[side].simulator.faults.add({ kind: 'hang', operation, times: 99 });
      const controller = new AbortController();
      const ends = { from: from.registry, to: to.registry, signal: controller.signal };
      const promoted = promote(ends, { value });
      promoted.catch(() => undefined);
      await expect
        .poll(() => bench[side].simulator.requests.count('oci', operation), { timeout: 10_000 })
        .toBeGreaterThan(0);

      controller.abort();

      await expect(promoted).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(namesAt(to)).toEqual({});
    },
  );

  test('transferToRegistry() stops in the middle of a stream that goes on for ever', async () => {
    const { from, to, value } = await twoBenches({ layerBytes: LARGE });
    const controller = new AbortController();
    let pieces = 0;
    const content: Partial<RegistryContent> = {
      openBlob: async () =>
        (async function* () {
          for (; ; pieces += 1) {
            if (pieces === 3) controller.abort();
            yield new Uint8Array(1);
          }
        })(),
    };
    const ends = { from: from.registry, to: to.registry, content, signal: controller.signal };

    await expect(promote(ends, { value })).rejects.toMatchObject({ code: 'CANCELLED' });

    expect(pieces).toBe(3);
  });

  test.each([
    ['other bytes', (size: number) => [new Uint8Array(size)]],
    ['too many bytes', (size: number) => [new Uint8Array(size), new Uint8Array(1)]],
    ['too few bytes', () => []],
  ])(
    'transferToRegistry() does not bind the name when the source sends %s of a blob',
    async (_what, piecesOf) => {
      const { from, to, value } = await twoBenches({ layerBytes: LARGE });
      const real = createRegistryContent(from.registry);
      const content: Partial<RegistryContent> = {
        openBlob: async (target, blob, signal) => {
          const size = (await readAll(await real.openBlob(target, blob, signal))).length;
          return (async function* () {
            yield* size === LARGE ? piecesOf(size) : await real.openBlob(target, blob, signal);
          })();
        },
      };

      const promoted = promote({ from: from.registry, to: to.registry, content }, { value });

      await expect(promoted).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      expect(to.simulator.requests.count('oci', 'PutManifest')).toBe(0);
    },
  );

  test('transferToRegistry() holds no more than a chunk and a piece of a blob', async () => {
    const size = 12 * 1024 * 1024;
    const { from, to, value } = await twoBenches({ layerBytes: size });
    const real = createRegistryContent(from.registry);
    let read = 0;
    let most = 0;
    const content: Partial<RegistryContent> = {
      openBlob: async (target, blob, signal) => {
        const stream = await real.openBlob(target, blob, signal);
        return (async function* () {
          for await (const piece of stream) {
            read += piece.length;
            const taken = to.operations.filter((one) => one === 'PatchUpload 202').length;
            most = Math.max(most, read - taken * 4 * 1024 * 1024);
            yield piece;
          }
        })();
      },
    };

    await promote({ from: from.registry, to: to.registry, content }, { value });

    expect(read).toBeGreaterThanOrEqual(size);
    expect(most).toBeLessThan(5 * 1024 * 1024);
  });

  test('transferToRegistry() goes on reading at the byte where a source broke off', async () => {
    const { from, to, value } = await twoBenches({ layerBytes: LARGE });
    const real = createRegistryContent(from.registry);
    const offsets: number[] = [];
    const content: Partial<RegistryContent> = {
      openBlob: async (target, blob, signal) => {
        const stream = await real.openBlob(target, blob, signal);
        offsets.push(blob.offset);
        return (async function* () {
          for await (const piece of stream) {
            yield piece;
            if (offsets.length < 4) return;
          }
        })();
      },
    };

    await promote({ from: from.registry, to: to.registry, content }, { value });

    expect(offsets.filter((offset) => offset > 0).length).toBeGreaterThan(0);
    expect(namesAt(to)).toEqual({ stable: value });
  });

  test('transferToRegistry() leaves out layers that live elsewhere, and refuses what it cannot read whole', async () => {
    const { from, to } = await twoBenches();
    const ends = (body: object) => {
      const bytes = Buffer.from(JSON.stringify(body));
      const value = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const content = {
        readManifest: async () => ({ mediaType: IMAGE_TYPE, bytes }),
      } satisfies Partial<RegistryContent>;
      return promote({ from: from.registry, to: to.registry, content }, { value });
    };
    const layer = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
      digest: `sha256:${'a'.repeat(64)}`,
      size: 9,
    };
    const shared = { schemaVersion: 2, mediaType: IMAGE_TYPE };

    await ends({ ...shared, layers: [{ ...layer, urls: ['https://example.com/layer'] }] });

    expect(Object.keys(namesAt(to))).toEqual(['stable']);
    for (const wrong of [
      {},
      { layers: [{ digest: '../../x', size: 1 }] },
      { layers: [{ ...layer, size: -1 }] },
      { manifests: 'none' },
    ]) {
      await expect(ends({ ...shared, ...wrong })).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:PROVIDER_REJECTED|TARGET_CHANGED)$/),
      });
    }
  });
});

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
