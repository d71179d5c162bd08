import pMap from 'p-map';
import { isTooLarge } from '../http/exchange.ts';
import type { DigestFact } from '../model/digest-fact.ts';
import type { Target } from '../model/target.ts';
import { readBlob } from './blobs.ts';
import {
  annotatedTime,
  imageConfigOf,
  type ManifestText,
  platformName,
  readConfigText,
  readManifestText,
} from './content.ts';
import { isDigest } from './digest.ts';
import { type Manifest, readManifest } from './manifests.ts';
import type { Registry } from './registry.ts';

/** Written at once, so that a pass that is cut does not read everything again. */
const BATCH = 200;
/** An index of more is no image, and reading on would be paid for by others. */
const MAX_CHILDREN = 64;
const INDEX_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** What the digests say about themselves: those known, and the others by reading them. One that is gone is left out. */
export async function readFacts(
  registry: Registry,
  target: Target,
  digests: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DigestFact>> {
  const wanted = [...new Set(digests)];
  const facts = new Map(await registry.facts.getFacts(wanted));
  const missing = wanted.filter((digest) => !facts.has(digest));
  for (let start = 0; start < missing.length; start += BATCH) {
    const read = await pMap(
      missing.slice(start, start + BATCH),
      async (digest) => await readFact(registry, target, digest, signal),
      { concurrency: registry.concurrency },
    );
    const found = read.filter((one) => one !== null);
    // What was said without a part that is missing here holds for now: it may be there the next time, or elsewhere.
    await registry.facts.putFacts(found.flatMap(({ fact, isWhole }) => (isWhole ? [fact] : [])));
    for (const { fact } of found) facts.set(fact.digest, fact);
  }
  return facts;
}

/** A fact, and whether all it is made of was there. */
interface Told {
  readonly fact: DigestFact;
  readonly isWhole: boolean;
}

async function readFact(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<Told | null> {
  const manifest = await orTooLarge(readManifest(registry, target, digest, signal));
  if (manifest === null || manifest === TOO_LARGE) return null;
  const text = readManifestText(manifest.bytes);
  if (text?.manifests) {
    const { isWhole, ...build } = await readIndex(registry, target, text, signal);
    return { fact: factOf(manifest, text, build), isWhole };
  }
  const build = text === null ? UNTOLD : await readImage(registry, target, text, signal);
  return build === null ? null : { fact: factOf(manifest, text, build), isWhole: true };
}

type Build = Pick<DigestFact, 'createdAt' | 'platforms'>;

const UNTOLD: Build = { createdAt: null, platforms: null };

function factOf(manifest: Manifest, text: ManifestText | null, build: Build): DigestFact {
  const { digest, mediaType } = manifest;
  const artifactType = text?.artifactType ?? null;
  const subject = text?.subject?.digest ?? null;
  return {
    digest,
    mediaType,
    ...build,
    artifactType,
    subject,
    children: childrenOf(manifest, text),
  };
}

/** Null: an index that cannot be read as one, holds another, or too many to keep. */
function childrenOf({ mediaType }: Manifest, text: ManifestText | null): DigestFact['children'] {
  if (!text?.manifests) return text === null || isIndex(mediaType) ? null : [];
  const { manifests } = text;
  const isNested = manifests.some((one) => isIndex(one.mediaType ?? ''));
  // Each image may have an attestation beside it.
  if (isNested || manifests.length > 2 * MAX_CHILDREN) return null;
  return manifests.map(({ digest }) => digest);
}

function isIndex(mediaType: string): boolean {
  return INDEX_TYPES.has(mediaType);
}

/** Null: the config is gone, so nothing that would be kept for ever can be said. */
async function readImage(
  registry: Registry,
  target: Target,
  text: ManifestText,
  signal: AbortSignal,
): Promise<Build | null> {
  const digest = imageConfigOf(text);
  if (digest === null) return { createdAt: annotatedTime(text), platforms: [] };
  // Whoever may push could name any path of the registry here.
  if (!isDigest(digest)) return { createdAt: annotatedTime(text), platforms: null };
  const bytes = await orTooLarge(readBlob(registry, target, digest, signal));
  if (bytes === null) return null;
  // A later look would find the same, so that nothing can be told is kept.
  if (bytes === TOO_LARGE) return UNTOLD;
  const config = readConfigText(bytes);
  const platform = platformName(config);
  return {
    createdAt: config?.created ?? annotatedTime(text),
    platforms: platform === null ? null : [platform],
  };
}

/** As new as the newest of its images; when one of them does not say, neither does the index. */
async function readIndex(
  registry: Registry,
  target: Target,
  text: ManifestText,
  signal: AbortSignal,
): Promise<Build & Pick<Told, 'isWhole'>> {
  // Attestations beside the images run on the platform `unknown`.
  const images = (text.manifests ?? []).filter(
    ({ platform }) => !platform || platformName(platform) !== null,
  );
  const own = annotatedTime(text);
  const isTold = own !== null && images.every(({ platform }) => platform);
  if (images.length > MAX_CHILDREN) return { createdAt: own, platforms: null, isWhole: true };
  const builds: Build[] = [];
  let isWhole = true;
  for (const { digest, platform } of images) {
    const fact = isTold ? null : await readChild(registry, target, digest, signal);
    const name = platformName(platform);
    // A sparse index names images that were never brought here.
    const createdAt = isTold || fact === null ? own : fact.createdAt;
    isWhole &&= isTold || fact !== null;
    builds.push({ createdAt, platforms: name === null ? (fact?.platforms ?? null) : [name] });
  }
  return { createdAt: own ?? newest(builds), platforms: union(builds), isWhole };
}

async function readChild(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<DigestFact | null> {
  if (!isDigest(digest)) return null;
  const known = (await registry.facts.getFacts([digest])).get(digest);
  if (known !== undefined) return known;
  const manifest = await orTooLarge(readManifest(registry, target, digest, signal));
  if (manifest === null || manifest === TOO_LARGE) return null;
  const text = readManifestText(manifest.bytes);
  // An index in an index is left at that: its time is its annotation's.
  if (text === null) return null;
  if (text.manifests)
    return factOf(manifest, text, { createdAt: annotatedTime(text), platforms: null });
  const build = await readImage(registry, target, text, signal);
  return build === null ? null : factOf(manifest, text, build);
}

const TOO_LARGE = Symbol('more than one answer may hold');

/** Whoever may push can make a content too large to be read, and must not stall the rules about all others by it. */
async function orTooLarge<T>(reading: Promise<T>): Promise<T | typeof TOO_LARGE> {
  try {
    return await reading;
  } catch (error) {
    if (isTooLarge(error)) return TOO_LARGE;
    throw error;
  }
}

function newest(builds: readonly Build[]): Date | null {
  const times = builds.flatMap(({ createdAt }) => createdAt?.getTime() ?? []);
  return times.length < builds.length || times.length === 0 ? null : new Date(Math.max(...times));
}

function union(builds: readonly Build[]): readonly string[] | null {
  const names = builds.flatMap(({ platforms }) => platforms ?? []);
  return builds.some(({ platforms }) => platforms === null) ? null : [...new Set(names)].toSorted();
}
