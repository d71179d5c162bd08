import { describe, expect, test } from 'vitest';
import { listReferrers } from '../../src/registry/referrers.ts';
import { type RegistryBench, registryAt, registryBench, WEB } from './support/bench.ts';
import { inventory, promote, RELEASE } from './support/promotion.ts';
import { startScripted } from './support/scripted.ts';

type Switches = NonNullable<Parameters<typeof registryBench>[0]['switches']>;
const PLATFORMS = ['linux/amd64', 'linux/arm64'];

async function signedBench(
  signed: readonly ('referrers' | 'fallback' | 'tag')[],
  switches: Switches,
) {
  const tags = { v1: { digest: 'one', image: { platforms: PLATFORMS, signed: [...signed] } } };
  const bench = await registryBench({ oci: [{ name: WEB.path, tags }], switches });
  return { bench, value: tagsAt(bench, WEB.path)['v1'] ?? '' };
}

const tagsAt = ({ simulator }: RegistryBench, path: string) => simulator.world.ociTags(path);

/** An attestation of anything, under its digest alone. */
async function attest(
  { simulator }: RegistryBench,
  subject: string,
  note: string,
): Promise<string> {
  const base = `${simulator.endpoints.oci}/v2/${WEB.path}`;
  const empty = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
  await fetch(`${base}/blobs/uploads/?digest=${empty}`, { method: 'POST', body: '{}' });
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.example.note',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
    layers: [],
    subject: { mediaType: 'application/vnd.oci.image.index.v1+json', digest: subject, size: 1 },
    annotations: { note },
  });
  const digest = `sha256:${Buffer.from(
    await crypto.subtle.digest('SHA-256', Buffer.from(body)),
  ).toString('hex')}`;
  const pushed = await fetch(`${base}/manifests/${digest}`, {
    method: 'PUT',
    body,
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(pushed.status).toBe(201);
  return digest;
}

const KINDS = [
  ['the API', 'the API', ['referrers'], {}, {}],
  ['the API', 'a fallback tag', ['referrers'], {}, { referrers: false }],
  ['a fallback tag', 'the API', ['fallback'], { referrers: false }, {}],
  ['a fallback tag', 'a fallback tag', ['fallback'], { referrers: false }, { referrers: false }],
] as const;

describe('listReferrers()', () => {
  test('listReferrers() gives up a list that has more entries than anybody keeps', async () => {
    const manifests = Array.from({ length: 10_001 }, (_, index) => ({
      digest: `sha256:${index.toString(16).padStart(64, '0')}`,
    }));
    const body = JSON.stringify({ manifests });
    const { registry } = registryAt(await startScripted(() => ({ body })));
    const { signal } = new AbortController();

    const listed = listReferrers(registry, WEB, `sha256:${'0'.repeat(64)}`, signal);

    await expect(listed).rejects.toMatchObject({ code: 'LISTING_INCOMPLETE' });
  });
});

describe('transferToRegistry() with referrers', () => {
  test.each(KINDS)(
    'transferToRegistry() brings what %s lists to where %s does',
    async (_from, _to, signed, fromSwitches, toSwitches) => {
      const { bench, value } = await signedBench(signed, fromSwitches);
      const to = await registryBench({ switches: toSwitches });
      const source = await listReferrers(bench.registry, WEB, value, bench.signal);

      await promote({ from: bench.registry, to: to.registry }, { value, referrers: true });

      expect(source).toHaveLength(1);
      expect(await listReferrers(to.registry, RELEASE, value, to.signal)).toEqual(source);
      const below = await inventory(to.simulator.endpoints.oci, RELEASE.path, source[0] ?? '');
      expect(below.filter((one) => one.startsWith('missing'))).toEqual([]);
      expect(below).toHaveLength(3);
      expect(to.simulator.journal.entries.at(-1)).toMatchObject({ key: 'stable' });
      const hidden = Object.keys(tagsAt(to, RELEASE.path)).filter((name) => name !== 'stable');
      expect(hidden).toEqual('referrers' in toSwitches ? [value.replace(':', '-')] : []);
    },
  );

  test('transferToRegistry() leaves referrers where they are unless they are asked for', async () => {
    const { bench, value } = await signedBench(['referrers', 'tag'], {});
    const to = await registryBench({});

    await promote({ from: bench.registry, to: to.registry }, { value });

    expect(await listReferrers(to.registry, RELEASE, value, to.signal)).toEqual([]);
    expect(Object.keys(tagsAt(to, RELEASE.path))).toEqual(['stable']);
    expect(bench.simulator.requests.count('oci', 'ListReferrers')).toBe(0);
  });

  test('transferToRegistry() follows the pages of the list, and referrers of referrers and of children', async () => {
    const { bench, value } = await signedBench(['referrers'], { referrersPage: 2 });
    const notes = [];
    for (let count = 0; count < 5; count += 1) notes.push(await attest(bench, value, `${count}`));
    const ofNote = await attest(bench, notes[4] ?? '', 'of a note');
    const index = await inventory(bench.simulator.endpoints.oci, WEB.path, value);
    const child = index[1]?.split(' ').at(-1) ?? '';
    const ofChild = await attest(bench, child, 'of a child');
    const to = await registryBench({ switches: { referrers: false } });

    await promote({ from: bench.registry, to: to.registry }, { value, referrers: true });

    const referrers = async (digest: string) =>
      (await listReferrers(to.registry, RELEASE, digest, to.signal)).toSorted();
    const listed = await listReferrers(bench.registry, WEB, value, bench.signal);
    expect(listed).toHaveLength(6);
    expect(await referrers(value)).toEqual(listed.toSorted());
    expect(await referrers(notes[4] ?? '')).toEqual([ofNote]);
    expect(await referrers(child)).toEqual([ofChild]);
  });

  test('transferToRegistry() adds to a fallback list what others keep in it, once', async () => {
    const { bench, value } = await signedBench(['referrers'], {});
    const to = await registryBench({ switches: { referrers: false } });
    const tag = value.replace(':', '-');
    const ends = { from: bench.registry, to: to.registry };
    await promote(ends, { value, referrers: true });
    const first = tagsAt(to, RELEASE.path)[tag];
    const note = await attest(bench, value, 'later');

    await promote(ends, { value, referrers: true, tag: 'again' });
    const second = tagsAt(to, RELEASE.path)[tag];
    await promote(ends, { value, referrers: true, tag: 'once-more' });

    expect(second).not.toBe(first);
    expect(tagsAt(to, RELEASE.path)[tag]).toBe(second);
    const listed = await listReferrers(to.registry, RELEASE, value, to.signal);
    expect(listed).toHaveLength(2);
    expect(listed).toContain(note);
  });

  test('transferToRegistry() brings signature tags, and keeps one that is there', async () => {
    const { bench, value } = await signedBench(['tag'], {});
    const sig = `${value.replace(':', '-')}.sig`;
    const [to, kept] = await Promise.all([
      registryBench({}),
      registryBench({ oci: [{ name: RELEASE.path, tags: { [sig]: 'theirs' } }] }),
    ]);
    const theirs = tagsAt(kept, RELEASE.path)[sig];

    await promote({ from: bench.registry, to: to.registry }, { value, referrers: true });
    await promote({ from: bench.registry, to: kept.registry }, { value, referrers: true });

    expect(tagsAt(to, RELEASE.path)).toEqual({
      stable: value,
      [sig]: tagsAt(bench, WEB.path)[sig],
    });
    expect(tagsAt(kept, RELEASE.path)).toEqual({ stable: value, [sig]: theirs });
  });

  test.each(['cursor-loop', 'html', 'truncate'] as const)(
    'transferToRegistry() binds no name while the list of referrers cannot be read (%s)',
    async (kind) => {
      const { bench, value } = await signedBench(['referrers'], {});
      const to = await registryBench({});
      bench.simulator.faults.add({ kind, operation: 'ListReferrers', times: 99 });

      const promoted = promote(
        { from: bench.registry, to: to.registry },
        { value, referrers: true },
      );

      await expect(promoted).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:LISTING_INCOMPLETE|PROVIDER_UNAVAILABLE)$/),
      });
      expect(to.simulator.world.ociRepositories.get(RELEASE.path)?.tags.size ?? 0).toBe(0);
    },
  );
});
