import type { ApiRequest, ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';
import { callRegistry, isSuccess, refuse, repositoryOf, scopeOf } from './call.ts';
import { digestOf, matchesDigest } from './digest.ts';
import { targetWithin } from './link.ts';
import { sourceOf } from './manifests.ts';
import type { Registry } from './registry.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_HOPS = 4;

/** A small blob whole, such as a config, checked against its digest; null: it is not there. */
export async function readBlob(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const response = await fetchBlob(registry, target, { digest, wantsBytes: true }, signal);
  if (response.status === 404) return null;
  if (!isSuccess(response)) throw refuse(registry, sourceOf('GetBlob', target), response);
  const bytes = response.bytes ?? new Uint8Array();
  if (matchesDigest(bytes, digest)) return bytes;
  throw new ReconcileError(
    'PROVIDER_UNAVAILABLE',
    `Cannot read blob "${digest}" of "${targetKey(target)}": its ${bytes.length} bytes are ${digestOf(bytes)}, the digest asked for was wanted`,
  );
}

/** Makes sure that these bytes are there as a blob. Safe to repeat: a blob is what its digest says. */
export async function pushBlob(
  registry: Registry,
  target: Target,
  { bytes, lastCheck }: { readonly bytes: Uint8Array; readonly lastCheck: () => void },
  signal: AbortSignal,
): Promise<void> {
  const repository = repositoryOf(target);
  const digest = digestOf(bytes);
  if (await hasBlob(registry, target, digest, signal)) return;
  const scopes = [scopeOf(repository, 'pull', 'push')];
  const source = sourceOf('PushBlob', target);
  const shared = { operation: 'PushBlob', scopes, idempotent: true, lastCheck } as const;
  const path = `${repository}/blobs/uploads/`;
  const begun = await callRegistry(registry, { ...shared, method: 'POST', path }, signal);
  if (begun === null || !isSuccess(begun)) throw refuse(registry, source, begun);
  const base = new URL(`/v2/${path}`, registry.endpoint).href;
  const place = targetWithin(begun.headers['location'] ?? '', base);
  if (place === null || begun.headers['location'] === undefined) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `Cannot push a blob to "${targetKey(target)}": the upload is to go to no place on the registry’s own host, one there was wanted`,
    );
  }
  const rawTarget = `${place}${place.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  const done = await registry.http.send(
    {
      ...shared,
      method: 'PUT',
      segments: [],
      rawTarget,
      headers: { 'Content-Type': 'application/octet-stream' },
      bytes,
    },
    signal,
  );
  if (done !== null && isSuccess(done)) return;
  // A first attempt whose reply was lost has used the upload up.
  if (await hasBlob(registry, target, digest, signal)) return;
  throw refuse(registry, source, done);
}

/** True: the blob is there, or the registry points at a store that has it. */
export async function hasBlob(
  registry: Registry,
  target: Target,
  digest: string,
  signal: AbortSignal,
): Promise<boolean> {
  const repository = repositoryOf(target);
  const response = await callRegistry(
    registry,
    {
      operation: 'HeadBlob',
      method: 'HEAD',
      path: `${repository}/blobs/${digest}`,
      scopes: [scopeOf(repository, 'pull')],
      idempotent: true,
    },
    signal,
  );
  // A redirect to a store is an answer too: there is something to point at.
  return response !== null && (isSuccess(response) || REDIRECTS.has(response.status));
}

/** A blob, and how its bytes are wanted. */
export type BlobWish = { readonly digest: string } & Pick<
  ApiRequest,
  'headers' | 'wantsBytes' | 'wantsStream'
>;

/** Any answer to a GET. Follows redirects; the credential goes to the registry's own host only. */
export async function fetchBlob(
  registry: Registry,
  target: Target,
  { digest, ...wish }: BlobWish,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const repository = repositoryOf(target);
  const shared = {
    operation: 'GetBlob',
    method: 'GET',
    ...wish,
    idempotent: true,
    scopes: [scopeOf(repository, 'pull')],
  } as const;
  const path = `${repository}/blobs/${digest}`;
  let url = new URL(`/v2/${path}`, registry.endpoint);
  let response = await callRegistry(registry, { ...shared, path }, signal);
  for (let hop = 1; hop <= MAX_HOPS; hop += 1) {
    const location = response?.headers['location'] ?? '';
    if (response === null || !REDIRECTS.has(response.status)) break;
    if (!URL.canParse(location, url.href)) break;
    url = new URL(location, url);
    const own = url.origin === new URL(registry.endpoint).origin;
    response = own
      ? await registry.http.send({ ...shared, segments: [], rawTarget: pathOf(url) }, signal)
      : await registry.foreign.send(url, shared, signal);
  }
  if (response === null) throw refuse(registry, sourceOf('GetBlob', target), response);
  return response;
}

function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}
