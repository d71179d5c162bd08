import {
  describe,
  isDigest,
  type Manifest,
  PLAIN_IMAGE,
  parseImageContent,
  toBlob,
  toManifest,
} from './oci-image.ts';
import { type Library, parseManifest } from './oci-library.ts';
import { MEDIA } from './oci-media.ts';
import type { TagSeed } from './seed.ts';
import { createTagRecord, type TagRecord } from './tag-record.ts';

/** What one repository of a registry holds besides its tags. A name that is gone leaves these behind. */
export interface Contents {
  readonly manifests: Set<string>;
  readonly blobs: Set<string>;
  /** Digest to the manifests that name it as their subject. */
  readonly referrers: Map<string, Set<string>>;
}

/** Contents of one registry's repositories, and the bytes of all registries. */
export interface Shelf {
  readonly library: Library;
  /** Empty for a new name. */
  readonly contents: (path: string) => Contents;
  readonly drop: (path: string) => void;
}

/** A tag to bind as a seed says. */
export interface Binding {
  readonly path: string;
  readonly tags: Map<string, TagRecord>;
  readonly name: string;
  readonly seed: TagSeed;
  readonly nowMs: number;
}

const SIGNATURE_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const PAYLOAD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

/** Empty shelves over one library. */
export function createShelf(library: Library): Shelf {
  const all = new Map<string, Contents>();
  return {
    library,
    contents: (path) => {
      const found = all.get(path);
      if (found !== undefined) return found;
      const contents: Contents = { manifests: new Set(), blobs: new Set(), referrers: new Map() };
      all.set(path, contents);
      return contents;
    },
    drop: (path) => void all.delete(path),
  };
}

/** Binds a seeded tag and puts the image behind it on the shelf, its signatures included. */
export function bindSeed(shelf: Shelf, { path, tags, name, seed, nowMs }: Binding): TagRecord {
  const label = typeof seed === 'string' ? seed : seed.digest;
  const contents = shelf.contents(path);
  if (isDigest(label)) {
    contents.manifests.add(label);
    return bind(tags, createTagRecord({ name, digest: label, seed, nowMs }));
  }
  const input = typeof seed === 'string' ? undefined : seed.image;
  const image = input === undefined ? PLAIN_IMAGE : parseImageContent(input, nowMs);
  const entry = shelf.library.define(label, image);
  for (const digest of entry.manifests) contents.manifests.add(digest);
  for (const digest of entry.blobs) contents.blobs.add(digest);
  const record = bind(tags, createTagRecord({ name, digest: entry.digest, seed, nowMs }));
  if (image.signed.length > 0)
    sign(shelf, { path, tags, nowMs }, { digest: entry.digest, ways: image.signed });
  return record;
}

/** Puts a pushed manifest into a repository. */
export function shelve(shelf: Shelf, path: string, manifest: Manifest): void {
  shelf.library.putManifest(manifest);
  const { manifests, referrers } = shelf.contents(path);
  manifests.add(manifest.digest);
  const subject = parseManifest(manifest.bytes)?.subject?.digest;
  if (subject === undefined) return;
  const known = referrers.get(subject) ?? new Set();
  referrers.set(subject, known.add(manifest.digest));
}

function bind(tags: Map<string, TagRecord>, record: TagRecord): TagRecord {
  tags.set(record.name, record);
  return record;
}

interface Signing {
  readonly digest: string;
  readonly ways: readonly ('referrers' | 'fallback' | 'tag')[];
}

function sign(
  shelf: Shelf,
  { path, tags, nowMs }: Pick<Binding, 'path' | 'tags' | 'nowMs'>,
  { digest, ways }: Signing,
): void {
  const subject = shelf.library.readManifest(digest);
  if (subject === null) return;
  const put = (manifest: Manifest, tag: string | null): void => {
    shelve(shelf, path, manifest);
    if (tag !== null) {
      bind(tags, createTagRecord({ name: tag, digest: manifest.digest, seed: '', nowMs }));
    }
  };
  const flat = digest.replace(':', '-');
  const plain = renderSignature(shelf, path, digest);
  if (ways.includes('tag')) put(toManifest(MEDIA.ociManifest, plain), `${flat}.sig`);
  if (!ways.includes('referrers') && !ways.includes('fallback')) return;

  const referrer = toManifest(MEDIA.ociManifest, {
    artifactType: SIGNATURE_TYPE,
    ...plain,
    subject: describe(subject.mediaType, subject),
  });
  put(referrer, null);
  if (!ways.includes('fallback')) return;
  const listed = { ...describe(MEDIA.ociManifest, referrer), artifactType: SIGNATURE_TYPE };
  put(toManifest(MEDIA.ociIndex, { manifests: [listed] }), flat);
}

function renderSignature(shelf: Shelf, path: string, digest: string): object {
  const config = toBlob(Buffer.from('{}'));
  const payload = toBlob(Buffer.from(JSON.stringify({ critical: { image: digest } })));
  for (const { bytes } of [config, payload]) {
    shelf.contents(path).blobs.add(shelf.library.putBlob(bytes));
  }
  return {
    config: describe(EMPTY_TYPE, config),
    layers: [describe(PAYLOAD_TYPE, payload)],
  };
}
