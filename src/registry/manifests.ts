import type { ApiRequest, ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { type Target, targetKey } from '../model/target.ts';
import { callRegistry, codeOf, isSuccess, refuse, repositoryOf, scopeOf } from './call.ts';
import { digestOf, isDigest, matchesDigest } from './digest.ts';
import type { Registry } from './registry.ts';

/** Media types of manifests and indexes: those that a tag can stand for. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/**
 * Without the list types the reference registry answers a Docker list with one platform of it, other bytes under another
 * digest; without the OCI types it answers 404 (oci-distribution.md section 3).
 */
const ACCEPT = MANIFEST_TYPES.join(', ');

/** A manifest or index as the registry has it. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  /** Never parsed and written again: the digest is of these bytes. */
  readonly bytes: Uint8Array;
}

/** What a write needs beside its subject. */
export type Repetition = Pick<ApiRequest, 'idempotent' | 'settled' | 'lastCheck'>;

/** The digest a tag or digest stands for right now; null: nothing. One HEAD, where the registry names the digest on it. */
export async function resolveReference(
  registry: Registry,
  target: Target,
  reference: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { quirks } = registry;
  if (!quirks.isHeadMute) {
    const response = await ask(registry, { target, reference, method: 'HEAD' }, signal);
    if (response.status === 404) return null;
    const digest = response.headers['docker-content-digest'] ?? '';
    if (isSuccess(response) && isDigest(digest)) return digest;
    // 405 and 501: registries that offer GET only.
    const isMute = isSuccess(response) || response.status === 405 || response.status === 501;
    if (!isMute) throw refuse(registry, sourceOf('HeadManifest', target), response);
    // The page of a proxy says nothing about the registry.
    quirks.isHeadMute = !isSuccess(response) || isManifestType(response.headers['content-type']);
  }
  return (await readManifest(registry, target, reference, signal))?.digest ?? null;
}

/**
 * A manifest with its bytes, checked against the digest asked for and the one the registry states; null: it is not there.
 * Throws PROVIDER_UNAVAILABLE for bytes that are not those, PROVIDER_REJECTED for a media type that contradicts them.
 */
export async function readManifest(
  registry: Registry,
  target: Target,
  reference: string,
  signal: AbortSignal,
): Promise<Manifest | null> {
  const response = await ask(registry, { target, reference, method: 'GET' }, signal);
  if (response.status === 404) return null;
  if (!isSuccess(response)) throw refuse(registry, sourceOf('GetManifest', target), response);
  return toManifest(response, target, reference);
}

/** What a GET says about a reference that HEAD did not find, as only a body tells whose 404 it is. */
export async function confirmMissing(
  registry: Registry,
  target: Target,
  reference: string,
  signal: AbortSignal,
): Promise<{ readonly type: 'found'; readonly digest: string } | { readonly type: 'missing' }> {
  const response = await ask(registry, { target, reference, method: 'GET' }, signal);
  const source = sourceOf('GetManifest', target);
  if (isSuccess(response)) {
    return { type: 'found', digest: toManifest(response, target, reference).digest };
  }
  const code = response.status === 404 ? codeOf(response) : null;
  if (code === 'NAME_UNKNOWN') throw refuse(registry, source, response);
  if (code !== null) return { type: 'missing' };
  if (response.status !== 404) throw refuse(registry, source, response);
  throw new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot read tag "${reference}" of "${targetKey(target)}": it is listed and answers 404 without a code of the registry, its digest was wanted`,
  );
}

/** Stores exactly these bytes under a tag or their digest. Any answer is handed over; null: a read has settled it. */
export async function putManifest(
  registry: Registry,
  target: Target,
  { reference, manifest }: { readonly reference: string; readonly manifest: Manifest },
  repetition: Repetition,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  const repository = repositoryOf(target);
  return await callRegistry(
    registry,
    {
      operation: 'PutManifest',
      method: 'PUT',
      path: `${repository}/manifests/${reference}`,
      headers: { 'Content-Type': manifest.mediaType },
      bytes: manifest.bytes,
      scopes: [scopeOf(repository, 'pull', 'push')],
      ...repetition,
    },
    signal,
  );
}

/** Deletes by tag or digest. Any answer is handed over; null: a read has settled it. */
export async function deleteManifest(
  registry: Registry,
  target: Target,
  reference: string,
  repetition: Repetition,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  const repository = repositoryOf(target);
  return await callRegistry(
    registry,
    {
      operation: 'DeleteManifest',
      method: 'DELETE',
      path: `${repository}/manifests/${reference}`,
      scopes: [scopeOf(repository, 'pull', 'push', 'delete')],
      ...repetition,
    },
    signal,
  );
}

/** Names a call about a target in messages. */
export function sourceOf(operation: string, target: Target) {
  return { operation, subject: targetKey(target) };
}

interface Asking {
  readonly target: Target;
  readonly reference: string;
  readonly method: 'HEAD' | 'GET';
}

async function ask(
  registry: Registry,
  { target, reference, method }: Asking,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const repository = repositoryOf(target);
  const operation = method === 'HEAD' ? 'HeadManifest' : 'GetManifest';
  const response = await callRegistry(
    registry,
    {
      operation,
      method,
      path: `${repository}/manifests/${reference}`,
      headers: { Accept: ACCEPT },
      wantsBytes: true,
      scopes: [scopeOf(repository, 'pull')],
      idempotent: true,
    },
    signal,
  );
  if (response === null) throw refuse(registry, sourceOf(operation, target), response);
  return response;
}

function toManifest(response: ApiResponse, target: Target, reference: string): Manifest {
  const { headers, bytes } = response;
  const body = bytes ?? new Uint8Array();
  const stated = [headers['docker-content-digest'] ?? '', reference].filter(isDigest);
  const wrong = stated.find((digest) => !matchesDigest(body, digest));
  if (wrong !== undefined) {
    throw new ReconcileError(
      'PROVIDER_UNAVAILABLE',
      `Cannot read manifest "${reference}" of "${targetKey(target)}": its ${body.length} bytes are ${digestOf(body)}, "${wrong}" was wanted`,
    );
  }
  const digest = isDigest(reference) ? reference : (stated[0] ?? ownDigest(response, target));
  return { digest, mediaType: mediaTypeOf(headers['content-type'], body, target), bytes: body };
}

/** Where nobody says what the bytes hash to, they must at least be called a manifest and be JSON: errors are not. */
function ownDigest({ headers, bytes = new Uint8Array() }: ApiResponse, target: Target): string {
  const type = headers['content-type'];
  if (isManifestType(type) && parseManifest(bytes) !== null) return digestOf(bytes);
  throw new ReconcileError(
    'PROVIDER_UNAVAILABLE',
    `Cannot read a manifest of "${targetKey(target)}": the answer has no digest and is "${plain(type ?? '')}", a manifest was wanted`,
  );
}

function isManifestType(header: string | undefined): boolean {
  return /^application\/vnd\.(?:oci|docker)\./.test(header?.trim() ?? '');
}

/** The stated type without its parameters. One that contradicts the content would be copied as something else. */
function mediaTypeOf(header: string | undefined, bytes: Uint8Array, target: Target): string {
  const stated = (header ?? '').split(';')[0]?.trim() ?? '';
  const own = parseManifest(bytes)?.mediaType ?? null;
  if (own === null || own === stated) return stated;
  if (stated === '') return own;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot read a manifest of "${targetKey(target)}": it is sent as "${plain(stated)}" and calls itself "${plain(own)}", one media type was wanted`,
  );
}

function plain(text: string): string {
  return text.replaceAll(/[^\w.+/-]/g, '?').slice(0, 80);
}

/** What the bytes say, as far as it is needed for their media type; null: no JSON object. */
function parseManifest(bytes: Uint8Array): { readonly mediaType: string | null } | null {
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null) return null;
  const mediaType = 'mediaType' in value ? value.mediaType : null;
  return { mediaType: typeof mediaType === 'string' ? mediaType : null };
}
