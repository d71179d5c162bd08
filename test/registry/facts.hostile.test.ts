import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/registry/digest.ts';
import { readFacts } from '../../src/registry/facts.ts';
import { registryAt, WEB } from './support/bench.ts';
import { startScripted } from './support/scripted.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const UNKNOWN = { os: 'unknown', architecture: 'unknown' };
/** More than one answer may hold. */
const TOO_MUCH = ' '.repeat(16 * 1024 * 1024);

interface Content {
  readonly mediaType: string;
  readonly body: string;
}

/** A registry of exactly these contents, by digest, that looses those named for as long as they are. */
async function holding(...contents: readonly Content[]) {
  const encoder = new TextEncoder();
  const byDigest = new Map(contents.map((one) => [digestOf(encoder.encode(one.body)), one]));
  const lost = new Set<string>();
  const asked: string[] = [];
  const url = await startScripted((request) => {
    asked.push(request.url ?? '');
    const digest = (request.url ?? '').split('/').at(-1) ?? '';
    const found = lost.has(digest) ? undefined : byDigest.get(digest);
    if (found === undefined) return { status: 404 };
    return { headers: { 'content-type': found.mediaType }, body: found.body };
  });
  return { ...registryAt(url), lost, asked, signal: new AbortController().signal };
}

function digestOfText({ body }: Content): string {
  return digestOf(new TextEncoder().encode(body));
}

function json(mediaType: string, value: object): Content {
  return { mediaType, body: JSON.stringify({ mediaType, ...value }) };
}

function descriptor(content: Content) {
  return { mediaType: content.mediaType, digest: digestOfText(content), size: 1 };
}

/** An image of this day, and its config. */
function image(created: string, comment = '') {
  const body = JSON.stringify({ created, os: 'linux', architecture: 'amd64', comment });
  const config = { mediaType: CONFIG, body };
  const digest = digestOfText(config);
  const manifest = json(MANIFEST, { config: { mediaType: CONFIG, digest, size: 1 }, layers: [] });
  return { config, manifest };
}

describe('readFacts()', () => {
  test('readFacts() keeps nothing of an index while an image of it is missing, and makes it no older', async () => {
    const [older, newer] = [image('2026-01-01T00:00:00Z'), image('2026-03-01T00:00:00Z')];
    // Without platforms, as tools that only join manifests write it.
    const index = json(INDEX, {
      manifests: [older, newer].map(({ manifest }) => descriptor(manifest)),
    });
    const parts = [older, newer].flatMap(({ config, manifest }) => [config, manifest]);
    const { registry, lost, signal } = await holding(index, ...parts);
    const digest = digestOfText(index);
    lost.add(digestOfText(newer.manifest));

    const partial = await readFacts(registry, WEB, [digest], signal);
    lost.clear();
    const whole = await readFacts(registry, WEB, [digest], signal);

    expect(partial.get(digest)).toMatchObject({ createdAt: null, platforms: null });
    expect(whole.get(digest)).toMatchObject({
      createdAt: new Date('2026-03-01T00:00:00Z'),
      platforms: ['linux/amd64'],
    });
  });

  test('readFacts() tells what an index is made of, attestations and all, and of an image that it is none', async () => {
    const { config, manifest } = image('2026-01-01T00:00:00Z');
    const children = [digestOfText(manifest), `sha256:${'a'.repeat(64)}`];
    const index = json(INDEX, {
      manifests: [
        { mediaType: MANIFEST, digest: children[0], platform: AMD64 },
        { mediaType: MANIFEST, digest: children[1], platform: UNKNOWN },
      ],
    });
    const { registry, signal } = await holding(index, config, manifest);
    const digests = [index, manifest].map(digestOfText);

    const facts = await readFacts(registry, WEB, digests, signal);

    expect(digests.map((digest) => facts.get(digest)?.children)).toEqual([children, []]);
  });

  const child = (mediaType: string) => ({ mediaType, digest: `sha256:${'b'.repeat(64)}` });
  test.each([
    ['holds another index', json(INDEX, { manifests: [child(MANIFEST), child(INDEX)] })],
    ['holds very many', json(INDEX, { manifests: Array(129).fill(child(MANIFEST)) })],
    ['has children without a digest', json(INDEX, { manifests: [{ mediaType: MANIFEST }] })],
    ['is no JSON of this kind', { mediaType: MANIFEST, body: '"text"' }],
  ])(
    'readFacts() does not take a content that %s for one without children',
    async (_what, content) => {
      const { registry, signal } = await holding(content);

      const facts = await readFacts(registry, WEB, [digestOfText(content)], signal);

      expect(facts.get(digestOfText(content))).toMatchObject({ children: null });
    },
  );

  test('readFacts() tells no time of an image whose config is too large to read, and goes on with others', async () => {
    const [fine, huge] = [image('2026-01-01T00:00:00Z'), image('2026-03-01T00:00:00Z', TOO_MUCH)];
    const index = json(INDEX, {
      manifests: [fine, huge].map((one) => descriptor(one.manifest)),
    });
    const parts = [fine, huge].flatMap(({ config, manifest }) => [config, manifest]);
    const { registry, asked, signal } = await holding(index, ...parts);
    const digests = [fine.manifest, huge.manifest, index].map(digestOfText);

    const facts = await readFacts(registry, WEB, digests, signal);
    const sent = asked.length;
    const again = await readFacts(registry, WEB, digests, signal);

    expect(digests.map((digest) => facts.get(digest)?.createdAt)).toEqual([
      new Date('2026-01-01T00:00:00Z'),
      null,
      null,
    ]);
    expect(facts.get(digests[1] ?? '')).toMatchObject({ platforms: null, children: [] });
    expect(again).toEqual(facts);
    expect(asked).toHaveLength(sent);
  });

  test('readFacts() leaves out a manifest that is too large to read, in an index too', async () => {
    const huge = json(MANIFEST, { annotations: { much: TOO_MUCH }, layers: [] });
    const index = json(INDEX, { manifests: [descriptor(huge)] });
    const { registry, signal } = await holding(huge, index);
    const digests = [huge, index].map(digestOfText);

    const facts = await readFacts(registry, WEB, digests, signal);

    expect([...facts.values()]).toMatchObject([
      { digest: digests[1], createdAt: null, children: [digests[0]] },
    ]);
  });

  test.each([
    ['config', json(MANIFEST, { config: { mediaType: CONFIG, digest: '../../../x', size: 1 } })],
    ['manifest', json(INDEX, { manifests: [{ mediaType: MANIFEST, digest: '../../x', size: 1 }] })],
  ])('readFacts() asks for no %s that a manifest names by a path', async (_what, content) => {
    const { registry, asked, signal } = await holding(content);
    const digest = digestOfText(content);

    const facts = await readFacts(registry, WEB, [digest], signal);

    expect(facts.get(digest)).toMatchObject({ createdAt: null, platforms: null });
    expect(asked).toEqual([`/v2/${WEB.path}/manifests/${digest}`]);
  });
});
