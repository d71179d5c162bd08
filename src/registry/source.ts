import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import type { BlobFrom, ManifestBytes, RegistryContent } from '../model/promotion.ts';
import { type Target, targetKey } from '../model/target.ts';
import { fetchBlob } from './blobs.ts';
import { isSuccess, refuse } from './call.ts';
import { confirmMissing, readManifest, resolveReference, sourceOf } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import type { Registry } from './registry.ts';

/** What promotions to other repositories read of this registry. */
export function createRegistryContent(registry: Registry): Required<RegistryContent> {
  return {
    registry: originOf(registry),
    readManifest: (target, digest, signal) => readByDigest(registry, target, digest, signal),
    openBlob: (target, blob, signal) => openBlob(registry, target, blob, signal),
    listReferrers: (target, digest, signal) => listReferrers(registry, target, digest, signal),
    resolveTag: (target, tag, signal) => resolveReference(registry, target, tag, signal),
  };
}

/** Scheme, host and port. */
export function originOf({ endpoint }: Pick<Registry, 'endpoint'>): string {
  return new URL(endpoint).origin;
}

async function readByDigest(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<ManifestBytes> {
  const manifest = await readManifest(registry, target, digest, signal);
  if (manifest !== null) return manifest;
  // The 404 of a proxy must not read as content that is gone: signatures would be left behind.
  await confirmMissing(registry, target, digest, signal);
  throw gone(target, digest);
}

async function openBlob(
  registry: Registry,
  target: Target,
  { digest, offset }: BlobFrom,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = offset === 0 ? {} : { Range: `bytes=${offset}-` };
  const wish = { digest, headers, wantsStream: true };
  const response = await fetchBlob(registry, target, wish, signal);
  if (response.status === 404) throw gone(target, digest);
  const { stream } = response;
  if (!isSuccess(response) || stream === undefined) {
    throw refuse(registry, sourceOf('GetBlob', target), response);
  }
  // Who does not know ranges answers the whole.
  return skip(stream, offset - startOf(response));
}

function startOf({ status, headers }: ApiResponse): number {
  if (status !== 206) return 0;
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

async function* skip(stream: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const piece of stream) {
    if (!(left >= 0)) throw misplaced();
    if (left < piece.length) yield left === 0 ? piece : piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

function misplaced(): ReconcileError {
  return new ReconcileError(
    'PROVIDER_UNAVAILABLE',
    'Cannot go on reading a blob: its registry answers another range, the one asked for was wanted',
  );
}

function gone(target: Target, digest: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_NOT_FOUND',
    `Cannot read "${digest}" of "${targetKey(target)}": it is gone, content to promote was wanted`,
  );
}
