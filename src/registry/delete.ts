import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { WriteCheck } from '../model/write-check.ts';
import { pushBlob } from './blobs.ts';
import { checkTagName, codeOf, isSuccess, refuse } from './call.ts';
import { toTheEnd } from './cancelled.ts';
import { bindTag, changed } from './copy.ts';
import { isUnsupported } from './delete-method.ts';
import {
  deleteManifest,
  type Manifest,
  readManifest,
  resolveReference,
  sourceOf,
} from './manifests.ts';
import type { DeleteMethods } from './proved-method.ts';
import type { Registry } from './registry.ts';
import { createScratch, EMPTY_BLOB } from './scratch.ts';

type Delete = Extract<Operation, { type: 'delete' }>;

/** One tag that is to go, and the last word on every request that writes. */
export interface Deleting {
  readonly operation: Delete;
  readonly check: WriteCheck;
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
  const known = await methods.recall();
  const method = await methods.read(target, check, signal);
  const discard = async () =>
    await discardTag(registry, target, { ...deleting, unbind: byDigest }, signal);
  if (method === 'by-digest') return await discard();
  // A proof takes a while, in which the tag may have been pushed.
  const isLate = known === null && (await isGone(registry, target, operation, signal));
  if (isLate) return { attempts: 0 };
  const repetition = {
    idempotent: false,
    settled: (again: AbortSignal) => isGone(registry, target, operation, again),
    lastCheck: check,
  };
  const response = await deleteManifest(registry, target, operation.tag, repetition, signal);
  // The client reports no count when a read settles the call: one write and one read is the least it took.
  if (response === null) return { attempts: 2 };
  if (isSuccess(response)) return { attempts: response.attempts };
  // It may be this tag alone that is refused, such as an immutable one; tags of our own tell.
  const isByDigest =
    isUnsupported(response) && (await methods.review(target, check, signal)) === 'by-digest';
  if (isByDigest) return await discard();
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
  const expected =
    operation.replaces ?? (await resolveReference(registry, target, tag, signal)) ?? '';
  const createdAt = (await registry.facts.getFacts([expected])).get(expected)?.createdAt ?? null;
  const scratch = createScratch(registry, target, createdAt);
  // The name is read last, as close to the write as it can be: nothing here can be made conditional.
  const before = await resolveReference(registry, target, tag, signal);
  if (before === null) return { attempts: 0 };
  if (before !== expected) throw changed(target, tag, 'a value of somebody else');
  const { digest } = scratch;
  const half = { registry, target, tag, digest, check: check.ending ?? check, before, unbind };
  const bound = await bindScratch(half, { manifest: scratch, check }, signal);
  const end = await toTheEnd(signal, async (lasting) => await endDiscard(half, lasting));
  if ('refusal' in end) throw end.refusal;
  return { attempts: bound.attempts + end.attempts };
}

/** A delete of which the first half is done. */
interface HalfDone extends Scratched {
  /** Digest the name had. */
  readonly before: string;
  readonly unbind: Unbind;
}

interface ScratchBinding {
  readonly manifest: Manifest;
  readonly check: () => void;
}

/** The first half. A run that is cancelled while its answer is awaited may have done it, and then it is ended too. */
async function bindScratch(
  half: HalfDone,
  { manifest, check }: ScratchBinding,
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const { registry, target, tag, digest, before } = half;
  let isOut = false;
  const noting = (): void => {
    check();
    isOut = true;
  };
  const binding = { tag, manifest, replaces: before, check: noting };
  try {
    return await bindTag(registry, target, binding, signal);
  } catch (error) {
    if (!isOut || !isUnseen(error)) throw error;
    if (!signal.aborted) throw leftHalf(half, error);
    const look = (lasting: AbortSignal) => resolveReference(registry, target, tag, lasting);
    if ((await toTheEnd(signal, look)) !== digest) throw error;
    return { attempts: 1 };
  }
}

/** Nobody saw whether the write was made. */
function isUnseen(error: unknown): boolean {
  if (!(error instanceof ReconcileError)) return false;
  return error.code === 'PROVIDER_UNAVAILABLE' || error.code === 'CANCELLED';
}

type Unbound = Awaited<ReturnType<Unbind>>;

/** Takes the name away, or gives it its content back. */
async function endDiscard(half: HalfDone, signal: AbortSignal): Promise<Unbound> {
  const { registry, target, tag, digest, unbind } = half;
  try {
    const current = await resolveReference(registry, target, tag, signal);
    if (current === null) return { attempts: 0 };
    if (current !== digest) throw changed(target, tag, 'moved meanwhile to another value');
    const end = await unbind(half, signal);
    if ('refusal' in end) await putBack(half, signal);
    return end;
  } catch (error) {
    throw leftHalf(half, error);
  }
}

/** Says what the name had: nothing else remembers it, and whoever pulls it gets nothing. */
function leftHalf({ before }: HalfDone, error: unknown): unknown {
  if (!(error instanceof ReconcileError) || error.code === 'TARGET_CHANGED') return error;
  const { code, message, retryAfterMs } = error;
  return new ReconcileError(
    code,
    `${message}; the name may stand on a manifest without content until it is deleted, it had ${before}`,
    { cause: error, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
  );
}

/** Where the registry itself deletes digests. */
const byDigest: Unbind = async ({ registry, target, tag, digest, check }, signal) => {
  const repetition = {
    idempotent: false,
    settled: async (again: AbortSignal) =>
      (await resolveReference(registry, target, digest, again)) === null,
    lastCheck: check,
  };
  const response = await deleteManifest(registry, target, digest, repetition, signal);
  if (response === null) return { attempts: 2 };
  if (isSuccess(response)) return { attempts: response.attempts };
  // The 404 of a proxy leaves the name where it is.
  const isThere = (await resolveReference(registry, target, tag, signal)) === digest;
  if (response.status === 404 && !isThere) return { attempts: response.attempts };
  const code = response.status === 404 ? 'PROVIDER_CONFLICT' : undefined;
  return { refusal: refuse(registry, sourceOf('DeleteManifest', target), response, code) };
};

/** The name had a value, and an empty manifest in its place would be worse than the tag that should go. */
async function putBack(half: HalfDone, signal: AbortSignal): Promise<void> {
  const { registry, target, tag, digest, before, check } = half;
  const manifest = await readManifest(registry, target, before, signal);
  const current = await resolveReference(registry, target, tag, signal);
  if (manifest === null || current !== digest) return;
  await bindTag(registry, target, { tag, manifest, replaces: digest, check }, signal);
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

/** Whether a delete has nothing left to do. Throws TARGET_CHANGED when somebody else wrote, so that it must not be made. */
export async function isGone(
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
