import { expect, test } from 'vitest';
import type { DigestFact } from '../../src/model/digest-fact.ts';
import { FACT_CHUNK, FACT_MS, FACT_TOUCH_MS } from '../../src/store/limits.ts';
import { noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';

function aFact(digest: string, fact: Partial<DigestFact> = {}): DigestFact {
  const plain = { createdAt: null, platforms: null, artifactType: null, subject: null };
  return { digest, mediaType: INDEX, ...plain, children: null, ...fact };
}

export function factContract(bench: () => StoreBench): void {
  test('getFacts() gives what any process kept, and leaves out the rest', async () => {
    const { store } = bench();
    const whole = aFact('sha256:1', {
      createdAt: noon(),
      platforms: ['linux/amd64', 'linux/arm/v7'],
      artifactType: 'application/spdx+json',
      subject: 'sha256:2',
      children: ['sha256:4', 'sha256:5'],
    });
    await (await bench().another()).putFacts([
      whole,
      aFact('sha256:2', { platforms: [], children: [] }),
    ]);

    const facts = await store.getFacts(['sha256:1', 'sha256:2', 'sha256:3']);

    expect(facts).toEqual(
      new Map([
        ['sha256:1', whole],
        ['sha256:2', aFact('sha256:2', { platforms: [], children: [] })],
      ]),
    );
  });

  test('getFacts() of nothing asks nothing, and putFacts() of nothing keeps nothing', async () => {
    const { store } = bench();

    await store.putFacts([]);

    expect(await store.getFacts([])).toEqual(new Map());
    expect(await bench().size()).toBe(0);
  });

  test('putFacts() takes more than one statement holds, and a digest twice', async () => {
    const { store } = bench();
    const digests = Array.from({ length: FACT_CHUNK + 1 }, (_none, at) => `sha256:${at}`);
    const facts = digests.map((digest) => aFact(digest));

    await store.putFacts([...facts, aFact('sha256:7', { subject: 'sha256:8' })]);
    const found = await store.getFacts([...digests, 'sha256:7']);

    expect([...found.keys()].toSorted()).toEqual(digests.toSorted());
    expect(found.get('sha256:7')).toEqual(aFact('sha256:7', { subject: 'sha256:8' }));
  });

  test('getFacts() takes what another release wrote as not known, until it is kept anew', async () => {
    const { store } = bench();
    await store.putFacts([aFact('sha256:1')]);
    await bench().setVersion(99);

    expect(await store.getFacts(['sha256:1'])).toEqual(new Map());
    await store.putFacts([aFact('sha256:1')]);

    expect((await store.getFacts(['sha256:1'])).size).toBe(1);
  });

  test('facts that were not asked for in a month are dropped, and others are not', async () => {
    const { store } = bench();
    await store.putFacts([aFact('sha256:used'), aFact('sha256:unused')]);
    await bench().ageFacts(FACT_TOUCH_MS + 60_000);
    await store.getFacts(['sha256:used']);
    await bench().ageFacts(FACT_MS - FACT_TOUCH_MS);

    await store.putFacts([aFact('sha256:new')]);
    await store.prune({ before: new Date(0), maxRuns: 10 });

    const left = await store.getFacts(['sha256:used', 'sha256:unused', 'sha256:new']);
    expect([...left.keys()].toSorted()).toEqual(['sha256:new', 'sha256:used']);
  });
}
