import type { ApiResponse } from '../http/request.ts';
import type { Operation } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { pushBlob } from './blobs.ts';
import { checkTagName, codeOf, isSuccess, refuse } from './call.ts';
import { bindTag, changed } from './copy.ts';
import { isUnsupported } from './delete-method.ts';
import { deleteManifest, readManifest, resolveReference, sourceOf } from './manifests.ts';
import type { DeleteMethods } from './proved-method.ts';
import type { Registry } from './registry.ts';
import { createScratch, EMPTY_BLOB } from './scratch.ts';

type Delete = Extract<Operation, { type: 'delete' }>;

/** One tag that is to go, and the last word on every request that writes. */
export interface Deleting {
  readonly operation: Delete;
  readonly check: () => void;
}

/** Unbinds one name and no other, whatever else its content is called. A name that is gone is done. */
export async function deleteRegistryTag(
  registry: Registry,
  methods: DeleteMethods,
  target: Target,
  deleting: Deleting,
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const { operation, check } = deleting;
  checkTagName(target, operation.tag);
  const method = await methods.read(target, check, signal);
  const discard = async () =>
    await discardTag(registry, target, { ...deleting, unbind: byDigest }, signal);
  if (method === 'by-digest') return await discard();
  const repetition = {
    idempotent: false,
    settled: (again: AbortSignal) => isGone(registry, target, operation, again),
    lastCheck: check,
  };
  const response = await deleteManifest(registry, target, operation.tag, repetition, signal);
  // The client reports no count when a read settles the call: one write and one read is the least it took.
  if (response === null) return { attempts: 2 };
  if (isSuccess(response)) return { attempts: response.attempts };
  if (isUnsupported(response)) {
    await methods.note('by-digest');
    return await discard();
  }
  return await acceptMissing(registry, target, { operation, response }, signal);
}

/** A name that stands on a manifest which nobody else has. */
export interface Scratched {
  readonly registry: Registry;
  readonly target: Target;
  readonly tag: string;
  readonly digest: string;
  readonly check: () => void;
}

/** Takes the name away with its manifest. A refusal is given, so that the name gets its content back; whatever else fails throws. */
export type Unbind = (
  scratched: Scratched,
  signal: AbortSignal,
) => Promise<{ readonly attempts: number } | { readonly refusal: Error }>;

/**
 * For deletes that take a digest, and with it every name of the digest: the name is bound to a manifest that nobody else has,
 * and that one is deleted.
 */
export async function discardTag(
  registry: Registry,
  target: Target,
  { operation, check, unbind }: Deleting & { readonly unbind: Unbind },
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const { tag } = operation;
  await pushBlob(registry, target, { bytes: EMPTY_BLOB, lastCheck: check }, signal);
  // The name is read last, as close to the write as it can be: nothing here can be made conditional.
  const before = await resolveReference(registry, target, tag, signal);
  if (before === null) return { attempts: 0 };
  if (operation.replaces !== null && before !== operation.replaces) {
    throw changed(target, tag, 'a value of somebody else');
  }
  const createdAt = (await registry.facts.getFacts([before])).get(before)?.createdAt ?? null;
  const scratch = createScratch(registry, target, createdAt);
  const bound = await bindTag(
    registry,
    target,
    { tag, manifest: scratch, replaces: before, check },
    signal,
  );
  const current = await resolveReference(registry, target, tag, signal);
  if (current === null) return bound;
  if (current !== scratch.digest) throw changed(target, tag, 'moved meanwhile to another value');
  const { digest } = scratch;
  const result = await unbind({ registry, target, tag, digest, check }, signal);
  if ('attempts' in result) return { attempts: bound.attempts + result.attempts };
  await putBack(registry, target, { tag, digest: before, scratch: digest, check }, signal);
  throw result.refusal;
}

/** Where the registry itself deletes digests. */
const byDigest: Unbind = async ({ registry, target, digest, check }, signal) => {
  const repetition = {
    idempotent: false,
    settled: async (again: AbortSignal) =>
      (await resolveReference(registry, target, digest, again)) === null,
    lastCheck: check,
  };
  const response = await deleteManifest(registry, target, digest, repetition, signal);
  if (response === null) return { attempts: 2 };
  if (isSuccess(response) || response.status === 404) return { attempts: response.attempts };
  return { refusal: refuse(registry, sourceOf('DeleteManifest', target), response) };
};

interface PutBack {
  readonly tag: string;
  readonly digest: string;
  readonly scratch: string;
  readonly check: () => void;
}

/** The name had a value, and an empty manifest in its place would be worse than the tag that should go. */
async function putBack(
  registry: Registry,
  target: Target,
  { tag, digest, scratch, check }: PutBack,
  signal: AbortSignal,
): Promise<void> {
  const manifest = await readManifest(registry, target, digest, signal);
  const current = await resolveReference(registry, target, tag, signal);
  if (manifest === null || current !== scratch) return;
  await bindTag(registry, target, { tag, manifest, replaces: scratch, check }, signal);
}

interface Refused {
  readonly operation: Delete;
  readonly response: ApiResponse;
}

/** 404 of a delete is the tag or the repository; a read tells. */
async function acceptMissing(
  registry: Registry,
  target: Target,
  { operation, response }: Refused,
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const source = sourceOf('DeleteManifest', target);
  const isTag = response.status === 404 && codeOf(response) !== 'NAME_UNKNOWN';
  if (!isTag) throw refuse(registry, source, response);
  const left = await resolveReference(registry, target, operation.tag, signal);
  if (left === null) return { attempts: response.attempts };
  throw refuse(registry, source, response, 'PROVIDER_CONFLICT');
}

/** Whether a delete without a reply ran; another digest means that somebody else wrote, so it must not be repeated. */
async function isGone(
  registry: Registry,
  target: Target,
  { tag, replaces }: Delete,
  signal: AbortSignal,
): Promise<boolean> {
  const current = await resolveReference(registry, target, tag, signal);
  if (current === null) return true;
  if (replaces === null || current === replaces) return false;
  throw changed(target, tag, 'a value of somebody else');
}
