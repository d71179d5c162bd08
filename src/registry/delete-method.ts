import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';
import { pushBlob } from './blobs.ts';
import { isSuccess, refuse } from './call.ts';
import { deleteManifest, resolveReference, sourceOf } from './manifests.ts';
import {
  createProvedMethods,
  type DeleteMethod,
  type DeleteMethods,
  type Unproved,
} from './proved-method.ts';
import type { Registry } from './registry.ts';
import { createScratch, EMPTY_BLOB, putScratch, scratchName } from './scratch.ts';

/** Nothing is asked before the first delete. What is found out holds for all repositories of the registry. */
export function createDeleteMethods(registry: Registry): DeleteMethods {
  const { account, endpoint, learnedFacts, now } = registry;
  const learning = { account, host: new URL(endpoint).host, learnedFacts, now };
  return createProvedMethods(learning, async (target, check, signal) => {
    return await prove({ registry, target, check }, signal);
  });
}

interface Proof {
  readonly registry: Registry;
  readonly target: Target;
  readonly check: () => void;
}

/** First what leaves no trace: deleting names and digests that are not there. Then a proof on scratch tags. */
async function prove(proof: Proof, signal: AbortSignal): Promise<DeleteMethod | Unproved> {
  const { registry, target } = proof;
  const ghost = createScratch(registry, target, null);
  const takesTags = await isTaken(proof, scratchName(ghost), signal);
  const takesDigests = await isTaken(proof, ghost.digest, signal);
  if (!takesTags && !takesDigests) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `Cannot delete tags of "${targetKey(target)}": its registry refuses deletes by tag and by digest, one of them was wanted; allow deletes there (storage.delete.enabled in distribution), or use mode: upsert-only`,
    );
  }
  await pushBlob(registry, target, { bytes: EMPTY_BLOB, lastCheck: proof.check }, signal);
  if (takesTags && (await sparesSiblings(proof, signal))) return 'by-tag';
  if (!takesDigests) return { refusal: siblingsGo(target) };
  const refusal = await proveDigest(proof, signal);
  return refusal === null ? 'by-digest' : { refusal };
}

function siblingsGo(target: Target): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot delete tags of "${targetKey(target)}": its registry was not seen to delete one tag of a content and keep another, and refuses deletes by digest, one of them was wanted; use mode: upsert-only`,
  );
}

/** True when a delete of this kind is not refused as such; nothing of that name is there. */
async function isTaken(proof: Proof, reference: string, signal: AbortSignal): Promise<boolean> {
  const response = await remove(proof, reference, signal);
  if (isSuccess(response) || response.status === 404) return true;
  if (isUnsupported(response)) return false;
  throw refuse(proof.registry, sourceOf('DeleteManifest', proof.target), response);
}

/** Two scratch tags of one content, one is deleted: true when the other is still there. */
async function sparesSiblings(proof: Proof, signal: AbortSignal): Promise<boolean> {
  const { registry, target, check } = proof;
  const manifest = createScratch(registry, target, null);
  const goes = scratchName(manifest);
  const stays = scratchName(createScratch(registry, target, null));
  await putScratch(registry, target, { name: goes, manifest, check }, signal);
  await putScratch(registry, target, { name: stays, manifest, check }, signal);
  const deleted = await remove(proof, goes, signal);
  const gone = (await resolveReference(registry, target, goes, signal)) === null;
  const spared = (await resolveReference(registry, target, stays, signal)) === manifest.digest;
  const proved = isSuccess(deleted) && gone && spared;
  await remove(proof, proved ? stays : manifest.digest, signal);
  return proved;
}

/** A scratch tag that goes with its digest; the registry may still refuse what is there, which is given. */
async function proveDigest(proof: Proof, signal: AbortSignal): Promise<ReconcileError | null> {
  const { registry, target, check } = proof;
  const manifest = createScratch(registry, target, null);
  const name = scratchName(manifest);
  await putScratch(registry, target, { name, manifest, check }, signal);
  const deleted = await remove(proof, manifest.digest, signal);
  const left = await resolveReference(registry, target, name, signal);
  if (isSuccess(deleted) && left === null) return null;
  return refuse(registry, sourceOf('DeleteManifest', target), deleted, 'PROVIDER_REJECTED');
}

/** True for the answers of a registry that does not offer a kind of delete. */
export function isUnsupported(response: ApiResponse): boolean {
  return response.status === 400 || response.status === 405 || response.status === 501;
}

async function remove(
  { registry, target, check }: Proof,
  reference: string,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const repetition = { idempotent: true, lastCheck: check };
  const response = await deleteManifest(registry, target, reference, repetition, signal);
  if (response !== null) return response;
  throw refuse(registry, sourceOf('DeleteManifest', target), response);
}
