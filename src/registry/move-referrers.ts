import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { type Target, targetKey } from '../model/target.ts';
import { bindTag } from './copy.ts';
import { digestOf } from './digest.ts';
import type { Lane } from './lane.ts';
import { type Manifest, readManifest, resolveReference } from './manifests.ts';
import { type Moved, moveParts, putByDigest, readSource, storeManifest } from './move-manifest.ts';
import { listReferrers, referrersTag } from './referrers.ts';

/** Names under which cosign keeps what belongs to a digest, where it does not use referrers. */
const SIGNATURE_TAGS = ['sig', 'att', 'sbom'] as const;
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
/** Signatures of signatures end somewhere; a list without an end is not followed. */
const MAX_REFERRERS = 1_000;

/**
 * Brings what refers to a manifest or to those below it, and what refers to that. The manifest itself is stored first: some
 * registries take no referrer without its subject.
 */
export async function moveReferrers(
  lane: Lane,
  { manifest, below }: Moved,
  signal: AbortSignal,
): Promise<void> {
  const subjects = new Set([manifest.digest, ...below]);
  let isStored = false;
  // A set takes what is added while it is walked.
  for (const subject of subjects) {
    if (subjects.size > MAX_REFERRERS) throw tooMany(lane);
    const listed = await lane.content.listReferrers(lane.source, subject, signal);
    const tags = await listSignatureTags(lane, subject, signal);
    if (listed.length + tags.length > 0 && !isStored) {
      await putByDigest(lane, manifest, false, signal);
      isStored = true;
    }
    for (const digest of await moveListed(lane, { subject, listed }, signal)) subjects.add(digest);
    for (const tag of tags) await moveSignature(lane, tag, signal);
  }
}

interface Listed {
  readonly subject: string;
  readonly listed: readonly string[];
}

/** Resolves to the digests of those that are here now. */
async function moveListed(
  lane: Lane,
  { subject, listed }: Listed,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (listed.length === 0) return [];
  const { registry, target } = lane;
  const here = new Set(await listReferrers(registry, target, subject, signal));
  const moved: string[] = [];
  for (const digest of listed) {
    const isListed = here.has(digest);
    const isHere = isListed && (await resolveReference(registry, target, digest, signal)) !== null;
    if (isHere || (await moveReferrer(lane, { subject, digest }, signal))) moved.push(digest);
  }
  return moved;
}

/** False: the list at the source is older than the manifest, which is gone. */
async function moveReferrer(
  lane: Lane,
  { subject, digest }: { readonly subject: string; readonly digest: string },
  signal: AbortSignal,
): Promise<boolean> {
  const manifest = await readIfThere(lane, digest, signal);
  if (manifest === null) return false;
  const moved = await moveParts(lane, manifest, { isForced: false }, signal);
  const response = await storeManifest(lane, manifest, signal);
  // This header is how a registry says that it keeps the list itself.
  if (response?.headers['oci-subject'] === undefined) await addToList(lane, subject, moved, signal);
  return true;
}

async function readIfThere(
  lane: Lane,
  digest: string,
  signal: AbortSignal,
): Promise<Manifest | null> {
  try {
    return await readSource(lane, digest, signal);
  } catch (error) {
    if (error instanceof ReconcileError && error.code === 'PROVIDER_NOT_FOUND') return null;
    throw error;
  }
}

/** Adds to the list that clients keep where the registry keeps none. */
async function addToList(
  lane: Lane,
  subject: string,
  { manifest, parts }: Moved,
  signal: AbortSignal,
): Promise<void> {
  const { registry, target, check } = lane;
  const tag = referrersTag(subject);
  const current = await readManifest(registry, target, tag, signal);
  const { artifactType, annotations } = parts;
  const { digest, mediaType, bytes } = manifest;
  const list = readList(current, target, tag);
  if (list.manifests.some((one) => one.digest === digest)) return;
  const own = {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === null ? {} : { artifactType }),
    ...(annotations === null ? {} : { annotations }),
  };
  const text = JSON.stringify({ ...list.fields, manifests: [...list.manifests, own] });
  const added = new TextEncoder().encode(text);
  const next = { digest: digestOf(added), mediaType: INDEX_TYPE, bytes: added };
  const binding = { tag, manifest: next, replaces: current?.digest ?? null, check };
  lane.writes += (await bindTag(registry, target, binding, signal)).attempts;
}

interface List {
  readonly fields: object;
  readonly manifests: readonly { readonly digest?: unknown }[];
}

const EMPTY_LIST: List = { fields: { schemaVersion: 2, mediaType: INDEX_TYPE }, manifests: [] };

function readList(current: Manifest | null, target: Target, tag: string): List {
  if (current === null) return EMPTY_LIST;
  const fields = parseObject(current.bytes);
  if (fields !== null && 'manifests' in fields && Array.isArray(fields.manifests)) {
    return { fields, manifests: fields.manifests };
  }
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot add to the referrers tag "${tag}" of "${targetKey(target)}": it is bound to something else, an index was wanted`,
  );
}

function parseObject(bytes: Uint8Array): object | null {
  const value = parseJson(bytes);
  return typeof value === 'object' ? value : null;
}

interface SignatureTag {
  readonly tag: string;
  readonly digest: string;
}

async function listSignatureTags(
  { content, source }: Lane,
  subject: string,
  signal: AbortSignal,
): Promise<readonly SignatureTag[]> {
  const found: SignatureTag[] = [];
  if (content.resolveTag === undefined) return found;
  for (const suffix of SIGNATURE_TAGS) {
    const tag = `${referrersTag(subject)}.${suffix}`;
    const digest = await content.resolveTag(source, tag, signal);
    if (digest !== null) found.push({ tag, digest });
  }
  return found;
}

/** A name that is bound here already stays: it may hold signatures of this place. */
async function moveSignature(
  lane: Lane,
  { tag, digest }: SignatureTag,
  signal: AbortSignal,
): Promise<void> {
  const { registry, target, check } = lane;
  if ((await resolveReference(registry, target, tag, signal)) !== null) return;
  const manifest = await readSource(lane, digest, signal);
  await moveParts(lane, manifest, { isForced: false }, signal);
  const complete = async (asking: AbortSignal) =>
    void (await moveParts(lane, manifest, { isForced: true }, asking));
  const binding = { tag, manifest, replaces: null, check, complete };
  lane.writes += (await bindTag(registry, target, binding, signal)).attempts;
}

function tooMany({ source }: Lane): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot bring the referrers of "${targetKey(source)}": there are more than ${MAX_REFERRERS}, fewer were wanted`,
  );
}
