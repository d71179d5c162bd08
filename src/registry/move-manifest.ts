import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { targetKey } from '../model/target.ts';
import { isSuccess, refuse } from './call.ts';
import { isMissingPart } from './copy.ts';
import { matchesDigest } from './digest.ts';
import { countWrite, type Lane } from './lane.ts';
import { type Manifest, putManifest, resolveReference, sourceOf } from './manifests.ts';
import { moveBlob } from './move-blob.ts';
import { type Parts, readParts } from './parts.ts';

/** A manifest whose parts are here, and the digests of all manifests below it. */
export interface Moved {
  readonly manifest: Manifest;
  readonly parts: Parts;
  readonly below: readonly string[];
}

/** Indexes of indexes are allowed; deeper than this nobody builds. */
const MAX_DEPTH = 4;

/** A manifest at the source, checked; throws PROVIDER_NOT_FOUND when it is gone. */
export async function readSource(
  { content, source }: Lane,
  digest: string,
  signal: AbortSignal,
): Promise<Manifest> {
  const { mediaType, bytes } = await content.readManifest(source, digest, signal);
  if (matchesDigest(bytes, digest)) return { digest, mediaType, bytes };
  throw new ReconcileError(
    'PROVIDER_UNAVAILABLE',
    `Cannot read manifest "${digest}" of "${targetKey(source)}": its ${bytes.length} bytes have another digest, the exact ones were wanted`,
  );
}

/** Brings everything a manifest names, children whole and first, but not the manifest itself. `isForced`: as in moveBlob. */
export async function moveParts(
  lane: Lane,
  manifest: Manifest,
  { isForced, depth = 0 }: { readonly isForced: boolean; readonly depth?: number },
  signal: AbortSignal,
): Promise<Moved> {
  const parts = readParts(manifest.bytes, `${targetKey(lane.source)}@${manifest.digest}`);
  if (depth === MAX_DEPTH) throw tooDeep(lane, manifest.digest);
  const below: string[] = [];
  for (const digest of new Set(parts.children)) {
    const child = await readSource(lane, digest, signal);
    const moved = await moveParts(lane, child, { isForced, depth: depth + 1 }, signal);
    await putByDigest(lane, child, isForced, signal);
    below.push(digest, ...moved.below);
  }
  for (const part of parts.blobs) await moveBlob(lane, part, isForced, signal);
  return { manifest, parts, below };
}

/** Stores a manifest whose parts are here, unless it is here too. */
export async function putByDigest(
  lane: Lane,
  manifest: Manifest,
  isForced: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { registry, target } = lane;
  const isThere =
    !isForced && (await resolveReference(registry, target, manifest.digest, signal)) !== null;
  if (!isThere) await storeManifest(lane, manifest, signal);
}

/** Stores a manifest under its digest; what the registry misses of it is brought once more. */
export async function storeManifest(
  lane: Lane,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  const first = await put(lane, manifest, signal);
  if (first === null || isSuccess(first)) return first;
  if (!isMissingPart(first)) throw refuse(lane.registry, subjectOf(lane), first);
  await moveParts(lane, manifest, { isForced: true }, signal);
  const second = await put(lane, manifest, signal);
  if (second === null || isSuccess(second)) return second;
  const code = isMissingPart(second) ? 'PROVIDER_REJECTED' : undefined;
  throw refuse(lane.registry, subjectOf(lane), second, code);
}

async function put(
  lane: Lane,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  const { registry, target, check } = lane;
  const content = { reference: manifest.digest, manifest };
  const repetition = { idempotent: true, lastCheck: check };
  const response = await putManifest(registry, target, content, repetition, signal);
  countWrite(lane, response);
  return response;
}

function subjectOf({ target }: Lane) {
  return sourceOf('PutManifest', target);
}

function tooDeep({ source }: Lane, digest: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot promote "${targetKey(source)}@${digest}": it is an index in ${MAX_DEPTH} others, at most ${MAX_DEPTH - 1} were wanted`,
  );
}
