import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { targetKey } from '../model/target.ts';
import { hasBlob } from './blobs.ts';
import { callRegistry, isSuccess, refuse, repositoryOf, scopeOf } from './call.ts';
import { countWrite, type Lane, writeOf } from './lane.ts';
import { targetWithin } from './link.ts';
import { sourceOf } from './manifests.ts';

/** An upload that has begun. */
export interface Upload {
  /** Path and query that its next request goes to. */
  readonly place: string;
  /** Bytes the registry has. */
  readonly offset: number;
  /** The smallest chunk it takes, the last one apart. */
  readonly minChunk: number;
}

/** An upload came to nothing for a reason that another one may not meet. Never leaves this folder. */
export class UploadLost extends Error {
  override readonly name = 'UploadLost';

  constructor(cause: ReconcileError) {
    super(cause.message, { cause });
  }
}

/** Answers to an upload that the registry does not know or has given up. */
const LOST: ReadonlySet<number> = new Set([400, 404, 416]);
/** Answers to a mount that the credential, or the registry, does not allow. */
const UNMOUNTABLE: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 501]);
const OCTETS = { 'Content-Type': 'application/octet-stream' } as const;

/** Takes a blob over from a repository of the same registry; null: it did not, and an upload may have begun instead. */
export async function mountBlob(
  lane: Lane,
  digest: string,
  signal: AbortSignal,
): Promise<'mounted' | Upload | null> {
  const from = repositoryOf(lane.source);
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  const shared = writeOf(lane);
  const path = `${repositoryOf(lane.target)}/blobs/uploads/?${query}`;
  const scopes = [...shared.scopes, scopeOf(from, 'pull')];
  const call = { ...shared, scopes, operation: 'MountBlob', method: 'POST', path } as const;
  // What a repeat would leave behind is an upload that the registry clears away.
  const response = await callRegistry(lane.registry, { ...call, idempotent: true }, signal);
  countWrite(lane, response);
  if (response?.status === 201) return 'mounted';
  if (response !== null && isSuccess(response)) return toUpload(lane, path, response);
  if (response !== null && UNMOUNTABLE.has(response.status)) return null;
  throw refuse(lane.registry, sourceOf('MountBlob', lane.target), response);
}

/** Begins an upload. */
export async function beginUpload(lane: Lane, signal: AbortSignal): Promise<Upload> {
  const path = `${repositoryOf(lane.target)}/blobs/uploads/`;
  const call = { ...writeOf(lane), operation: 'StartUpload', method: 'POST', path } as const;
  const response = await callRegistry(lane.registry, { ...call, idempotent: true }, signal);
  countWrite(lane, response);
  if (response !== null && isSuccess(response)) return toUpload(lane, path, response);
  throw refuse(lane.registry, sourceOf('StartUpload', lane.target), response);
}

/** Sends bytes that follow what is there; a lost reply is resolved by asking how far it came, which may be half way. */
export async function sendChunk(
  lane: Lane,
  upload: Upload,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Upload> {
  const { offset, place } = upload;
  const end = offset + bytes.length;
  const response = await lane.registry.http.send(
    {
      ...writeOf(lane),
      operation: 'PatchUpload',
      method: 'PATCH',
      segments: [],
      rawTarget: place,
      headers: { ...OCTETS, 'Content-Range': `${offset}-${end - 1}` },
      bytes,
      idempotent: false,
      settled: async (asking) => (await readUpload(lane, upload, asking)).offset !== offset,
    },
    signal,
  );
  countWrite(lane, response);
  if (response === null || response.status === 416) return await readUpload(lane, upload, signal);
  refuseLost(lane, 'PatchUpload', response);
  return {
    ...upload,
    place: placeOf(lane, place, response) ?? place,
    offset: endOf(response, end),
  };
}

/** Ends an upload with its last bytes; the registry compares the digest too. A lost reply is resolved by a look. */
export async function finishUpload(
  lane: Lane,
  { place }: Upload,
  { digest, bytes }: { readonly digest: string; readonly bytes: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  const isThere = async (asking: AbortSignal) =>
    await hasBlob(lane.registry, lane.target, digest, asking);
  const response = await lane.registry.http.send(
    {
      ...writeOf(lane),
      operation: 'FinishUpload',
      method: 'PUT',
      segments: [],
      rawTarget: `${place}${place.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`,
      headers: OCTETS,
      bytes,
      idempotent: false,
      settled: isThere,
    },
    signal,
  );
  countWrite(lane, response);
  if (response === null) return;
  // An attempt whose reply was lost has used the upload up.
  if (LOST.has(response.status) && response.attempts > 1 && (await isThere(signal))) return;
  refuseLost(lane, 'FinishUpload', response);
}

/** How far the registry came, and where to go on. Throws UploadLost when it does not know the upload. */
async function readUpload(lane: Lane, upload: Upload, signal: AbortSignal): Promise<Upload> {
  const { scopes } = writeOf(lane);
  const { place } = upload;
  const call = { operation: 'ReadUpload', method: 'GET', segments: [], rawTarget: place } as const;
  const response = await lane.registry.http.send({ ...call, scopes, idempotent: true }, signal);
  if (response === null) throw refuse(lane.registry, sourceOf('ReadUpload', lane.target), response);
  refuseLost(lane, 'ReadUpload', response);
  return { ...upload, place: placeOf(lane, place, response) ?? place, offset: endOf(response, 0) };
}

function refuseLost(lane: Lane, operation: string, response: ApiResponse): void {
  if (isSuccess(response)) return;
  // An upload that is gone is no repository that is gone: the next pass begins another.
  const code =
    LOST.has(response.status) && response.status !== 400 ? 'PROVIDER_UNAVAILABLE' : undefined;
  const error = refuse(lane.registry, sourceOf(operation, lane.target), response, code);
  throw LOST.has(response.status) ? new UploadLost(error) : error;
}

/** `Range: 0-N` names the last byte; without any byte it is `0-0` too. */
function endOf({ headers }: ApiResponse, otherwise: number): number {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headers['range'] ?? '')?.[1];
  if (last === undefined) return otherwise;
  return last === '0' ? 0 : Number(last) + 1;
}

function toUpload(lane: Lane, path: string, response: ApiResponse): Upload {
  const least = Number(response.headers['oci-chunk-min-length'] ?? 0);
  const prefix = new URL(lane.registry.endpoint).pathname.replace(/\/$/, '');
  const place = placeOf(lane, `${prefix}/v2/${path}`, response);
  if (place === null) throw misplaced(lane);
  return { place, offset: 0, minChunk: Number.isSafeInteger(least) ? least : 0 };
}

/** Null: none is named. */
function placeOf(lane: Lane, asked: string, { headers }: ApiResponse): string | null {
  const location = headers['location'];
  if (location === undefined) return null;
  const place = targetWithin(location, new URL(asked, lane.registry.endpoint).href);
  if (place === null) throw misplaced(lane);
  return place;
}

function misplaced({ target }: Lane): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot push a blob to "${targetKey(target)}": the upload is to go to no place on the registry’s own host, one there was wanted`,
  );
}
