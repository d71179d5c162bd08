import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/registry/digest.ts';
import { readFacts } from '../../src/registry/facts.ts';
import { registryAt, WEB } from './support/bench.ts';
import { startScripted } from './support/scripted.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

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

/** An image of this day, and its config. */
function image(created: string) {
  const body = JSON.stringify({ created, os: 'linux', architecture: 'amd64' });
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
      manifests: [older, newer].map(({ manifest }) => ({
        mediaType: MANIFEST,
        digest: digestOfText(manifest),
        size: 1,
      })),
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
