import type { ApiResponse } from '../http/request.ts';
import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import { type Target, targetKey } from '../model/target.ts';
import { checkTagName, codeOf, isSuccess, refuse } from './call.ts';
import {
  type Manifest,
  putManifest,
  readManifest,
  resolveReference,
  sourceOf,
} from './manifests.ts';
import type { Registry } from './registry.ts';

type Copy = Extract<Operation, { type: 'copy' }>;

/** A name that is to be bound to content that is in the repository already. */
export interface Binding {
  readonly tag: string;
  readonly manifest: Manifest;
  /** Digest the name has now; null: it is free. */
  readonly replaces: string | null;
  readonly check: () => void;
  /** Brings what the registry misses of the manifest, once; absent: its refusal stands. */
  readonly complete?: (signal: AbortSignal) => Promise<void>;
}

/**
 * Binds a name to content of the same repository: the exact bytes and media type, read by digest, under the new name. A PUT
 * replaces silently, so the name is looked at right before it. Throws TARGET_CHANGED when either moved.
 */
export async function copyRegistryTag(
  registry: Registry,
  target: Target,
  { operation, check }: { readonly operation: Copy; readonly check: () => void },
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  checkTagName(target, operation.tag);
  const { tag, value, replaces } = operation;
  const manifest = await readManifest(registry, target, value, signal);
  if (manifest === null) {
    throw new ReconcileError(
      'TARGET_CHANGED',
      `Cannot copy tag "${operation.from}" of "${targetKey(target)}" to "${tag}": its content is gone, the listed one was wanted`,
    );
  }
  const current = await resolveReference(registry, target, tag, signal);
  if (current === value) return { attempts: 0 };
  if (current !== replaces) {
    throw changed(target, tag, current === null ? 'no value' : 'a value of somebody else');
  }
  return await bindTag(registry, target, { tag, manifest, replaces, check }, signal);
}

/** Puts a manifest under a name, unless the name turns out to have another value than the two that are expected. */
export async function bindTag(
  registry: Registry,
  target: Target,
  binding: Binding,
  signal: AbortSignal,
): Promise<{ readonly attempts: number }> {
  const { tag, manifest, replaces, check, complete } = binding;
  const response = await putManifest(
    registry,
    target,
    { reference: tag, manifest },
    {
      idempotent: false,
      settled: (settleSignal) => isBound(registry, target, binding, settleSignal),
      lastCheck: check,
    },
    signal,
  );
  // The client reports no count when a read settles the call: one write and one read is the least it took.
  if (response === null) return { attempts: 2 };
  if (complete !== undefined && isMissingPart(response)) {
    await complete(signal);
    const { complete: _done, ...again } = binding;
    return await bindTag(registry, target, again, signal);
  }
  if (!isSuccess(response)) {
    throw refuse(
      registry,
      sourceOf('PutManifest', target),
      response,
      refusalOf(response, replaces),
    );
  }
  await confirm(registry, target, { tag, manifest, response }, signal);
  return { attempts: response.attempts };
}

/** Whether a write without a reply ran; a third value means that somebody else wrote, so it must not be repeated. */
async function isBound(
  registry: Registry,
  target: Target,
  { tag, manifest, replaces }: Binding,
  signal: AbortSignal,
): Promise<boolean> {
  const current = await resolveReference(registry, target, tag, signal);
  if (current === manifest.digest) return true;
  if (current === replaces) return false;
  throw changed(target, tag, 'a value of somebody else');
}

interface Stored {
  readonly tag: string;
  readonly manifest: Manifest;
  readonly response: ApiResponse;
}

/** The answer names what was stored; where it does not, a read does. */
async function confirm(
  registry: Registry,
  target: Target,
  { tag, manifest, response }: Stored,
  signal: AbortSignal,
): Promise<void> {
  const stated = response.headers['docker-content-digest'];
  if (stated === manifest.digest) return;
  const current = await resolveReference(registry, target, tag, signal);
  if (current !== manifest.digest) throw changed(target, tag, `${current ?? 'no value'} after it`);
}

/** Immutable tags are refused with any of these, in no standard way; trying again changes none of them. */
const IMMUTABLE: ReadonlySet<number> = new Set([400, 409, 412]);

function refusalOf(response: ApiResponse, replaces: string | null): ErrorCode | undefined {
  if (replaces !== null && IMMUTABLE.has(response.status)) return 'PROVIDER_REJECTED';
  return isMissingPart(response) ? 'PROVIDER_REJECTED' : undefined;
}

const MISSING_PARTS: ReadonlySet<string | null> = new Set([
  'MANIFEST_BLOB_UNKNOWN',
  'BLOB_UNKNOWN',
]);

/** True for the refusal of a manifest because a blob or child of it is not in the repository; 400 and 404 are seen. */
export function isMissingPart(response: ApiResponse): boolean {
  return response.status >= 400 && MISSING_PARTS.has(codeOf(response));
}

/** The error of a name that is not what it should be. */
export function changed(target: Target, tag: string, what: string): ReconcileError {
  return new ReconcileError(
    'TARGET_CHANGED',
    `Cannot write tag "${tag}" of "${targetKey(target)}": it has ${what}, the expected one was wanted`,
  );
}
