import { describe, expect, test } from 'vitest';
import type { DigestFact } from '../../src/model/digest-fact.ts';
import { readBlob } from '../../src/registry/blobs.ts';
import { createFactMemory } from '../../src/registry/fact-memory.ts';
import { readFacts } from '../../src/registry/facts.ts';
import { registryBench, WEB } from './support/bench.ts';

const CREATED = '2026-03-01T10:00:00Z';

describe('readFacts()', () => {
  test('readFacts() tells when contents were built and where they run', async () => {
    const platforms = ['linux/arm64', 'linux/amd64', 'linux/arm/v7'];
    const { registry, signal, simulator } = await registryBench({
      oci: [
        {
          name: WEB.path,
          tags: {
            plain: { digest: 'plain', image: { created: CREATED } },
            docker: { digest: 'docker', image: { created: CREATED, format: 'docker', platforms } },
            index: { digest: 'index', image: { created: CREATED, platforms } },
            epoch: { digest: 'epoch', image: { created: '1970-01-01T00:00:00Z' } },
            unsaid: { digest: 'unsaid', image: { created: null, platforms } },
          },
        },
      ],
    });
    const digests = simulator.world.ociTags(WEB.path);
    const time = new Date(CREATED);

    const facts = await readFacts(registry, WEB, Object.values(digests), signal);

    const told = Object.fromEntries(
      Object.entries(digests).map(([name, digest]) => {
        const { createdAt = null, platforms: where = null } = facts.get(digest) ?? {};
        return [name, { createdAt, where }];
      }),
    );
    const everywhere = platforms.toSorted();
    expect(told).toEqual({
      plain: { createdAt: time, where: ['linux/amd64'] },
      docker: { createdAt: time, where: everywhere },
      index: { createdAt: time, where: everywhere },
      epoch: { createdAt: null, where: ['linux/amd64'] },
      unsaid: { createdAt: null, where: everywhere },
    });
  });

  test('readFacts() reads nothing the second time, and leaves out what is not there', async () => {
    const { registry, signal, simulator, operations } = await registryBench({
      oci: [{ name: WEB.path, tags: { v1: 'build-1', v2: 'build-1', v3: 'build-3' } }],
    });
    const digests = Object.values(simulator.world.ociTags(WEB.path));
    const absent = `sha256:${'0'.repeat(64)}`;
    const first = await readFacts(registry, WEB, [...digests, absent], signal);
    expect([...first.keys()].toSorted()).toEqual([...new Set(digests)].toSorted());
    const sent = operations.length;

    const second = await readFacts(registry, WEB, digests, signal);

    expect(second).toEqual(first);
    expect(operations).toHaveLength(sent);
  });

  test('readFacts() shares what it read through a store, and goes without one that is silent', async () => {
    const shared = createFactMemory(null);
    const seed = { oci: [{ name: WEB.path, tags: { v1: 'build-1' } }] };
    const one = await registryBench(seed, {}, { digestFacts: shared });
    const digests = Object.values(one.simulator.world.ociTags(WEB.path));
    const facts = await readFacts(one.registry, WEB, digests, one.signal);

    const two = await registryBench(seed, {}, { digestFacts: shared });

    await expect(readFacts(two.registry, WEB, digests, two.signal)).resolves.toEqual(facts);
    expect(two.operations).toEqual([]);
    const silent = {
      getFacts: () => Promise.reject(new Error('silent')),
      putFacts: () => Promise.reject(new Error('silent')),
    };
    const three = await registryBench(seed, {}, { digestFacts: silent });
    await expect(readFacts(three.registry, WEB, digests, three.signal)).resolves.toEqual(facts);
  });
});

function aFact(digest: string, children: readonly string[] | null): DigestFact {
  const plain = { createdAt: null, platforms: null, artifactType: null, subject: null };
  return { digest, mediaType: 'm', ...plain, children };
}

describe('createFactMemory()', () => {
  test('createFactMemory() forgets the oldest that bring more children than its bound', async () => {
    const memory = createFactMemory(null, 10, 4);

    await memory.putFacts([aFact('a', ['1']), aFact('b', ['1', '2']), aFact('c', null)]);
    // Kept anew, so its children count once.
    await memory.putFacts([aFact('a', ['1', '2']), aFact('d', ['3'])]);

    const found = await memory.getFacts(['a', 'b', 'c', 'd']);
    expect([...found.keys()]).toEqual(['a', 'c', 'd']);
  });

  test('createFactMemory() forgets the oldest beyond its bound', async () => {
    const memory = createFactMemory(null, 2);
    const fact = (digest: string) => aFact(digest, []);

    await memory.putFacts([fact('a'), fact('b'), fact('c')]);

    expect([...(await memory.getFacts(['a', 'b', 'c'])).keys()]).toEqual(['b', 'c']);
  });
});

describe('readBlob()', () => {
  test('readBlob() follows the registry to a store on another origin without its credential', async () => {
    const { registry, signal, simulator } = await registryBench({
      oci: [{ name: WEB.path, tags: { v1: { digest: 'one', image: { created: CREATED } } } }],
      switches: { blobRedirect: true },
    });
    const digests = Object.values(simulator.world.ociTags(WEB.path));

    const facts = await readFacts(registry, WEB, digests, signal);

    expect(facts.get(digests[0] ?? '')?.createdAt).toEqual(new Date(CREATED));
    await expect(readBlob(registry, WEB, `sha256:${'0'.repeat(64)}`, signal)).resolves.toBeNull();
  });
});
