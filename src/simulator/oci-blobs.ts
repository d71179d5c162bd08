import { randomUUID } from 'node:crypto';
import { type Call, type Reply, readHeader, readQuery } from './exchange.ts';
import { digestBytes, isDigest } from './oci-image.ts';
import { refuseDelete } from './oci-refusals.ts';
import { locate, type OciPlace, refuse, toOciRead } from './oci-request.ts';

/** Where blobs are fetched with the switch `blobRedirect`. */
export const BLOB_STORE = 'blob-store';

/** Uploads that have begun. */
export type Uploads = Map<string, { readonly name: string; readonly chunks: Buffer[] }>;

/** A request about one blob or upload. */
export interface BlobPlace extends OciPlace {
  /** Digest or upload id. */
  readonly reference: string;
  readonly uploads: Uploads;
}

/** end-2: the bytes, or the way to another origin that has them. */
export function readBlob(place: BlobPlace): Call {
  const { incoming, backend, reference, name, switches } = place;
  return toOciRead(incoming.method === 'HEAD' ? 'HeadBlob' : 'GetBlob', name, () => {
    if (!isDigest(reference)) return refuse('digestInvalid');
    const blob = hasBlob(place, name, reference) ? backend.shelf.library.readBlob(reference) : null;
    if (blob === null) return refuse('blobUnknown');
    if (switches.blobRedirect && incoming.method === 'GET') {
      const port = (readHeader(incoming, 'host') ?? '').split(':').at(-1);
      const location = `http://localhost:${port}/${BLOB_STORE}/${reference}`;
      return { status: 307, headers: { location }, body: null, code: null };
    }
    return toBlobReply(reference, blob.bytes);
  });
}

/** The other origin: like a bucket with signed addresses, it takes no other authorization. */
export function readStoredBlob({
  incoming,
  backend,
}: Pick<BlobPlace, 'incoming' | 'backend'>): Call {
  return toOciRead('GetStoredBlob', '', () => {
    const digest = incoming.segments?.[1] ?? '';
    if (readHeader(incoming, 'authorization') !== null) return refuse('manifestInvalid');
    const blob = backend.shelf.library.readBlob(digest);
    return blob === null ? refuse('blobUnknown') : toBlobReply(digest, blob.bytes);
  });
}

/** end-10. */
export function deleteBlob(place: BlobPlace): Call {
  const { backend, name, reference, switches } = place;
  return toOciRead('DeleteBlob', name, () => {
    if (switches.digestDelete !== 'allowed') return refuseDelete(switches.digestDelete);
    if (backend.tags(name) === null) return refuse('nameUnknown');
    const isGone = backend.shelf.contents(name).blobs.delete(reference);
    return isGone ? { status: 202, headers: {}, body: null, code: null } : refuse('blobUnknown');
  });
}

/** end-4 and end-11: begins an upload, takes a whole blob, or mounts one of another repository. */
export function startUpload(place: BlobPlace): Call {
  const { incoming, name } = place;
  const mounted = readQuery(incoming, 'mount');
  const digest = readQuery(incoming, 'digest');
  const operation = mounted === null ? 'StartUpload' : 'MountBlob';
  return toOciRead(operation, name, () => {
    if (place.backend.tags(name) === null && !place.backend.mayCreate(name)) {
      return refuse('nameUnknown');
    }
    if (mounted !== null && mayMount(place, mounted)) return store(place, mounted);
    if (digest !== null) return storeBytes(place, digest, incoming.body);
    const id = randomUUID();
    place.uploads.set(id, { name, chunks: [] });
    return toUploadReply({ ...place, reference: id }, 202);
  });
}

/** end-5: chunks in order. */
export function patchUpload(place: BlobPlace): Call {
  return toOciRead('PatchUpload', place.name, () => {
    const upload = findUpload(place);
    if (upload === null) return refuse('uploadUnknown');
    const [, start] =
      /^(?:bytes[ =])?(\d+)-\d+/.exec(readHeader(place.incoming, 'content-range') ?? '') ?? [];
    if (start !== undefined && Number(start) !== sizeOf(upload)) return refuse('rangeInvalid');
    upload.push(place.incoming.body);
    return toUploadReply(place, 202);
  });
}

/** end-6: the last chunk, and the digest of them all. */
export function finishUpload(place: BlobPlace): Call {
  return toOciRead('FinishUpload', place.name, () => {
    const upload = findUpload(place);
    if (upload === null) return refuse('uploadUnknown');
    const bytes = Buffer.concat([...upload, place.incoming.body]);
    const reply = storeBytes(place, readQuery(place.incoming, 'digest') ?? '', bytes);
    if (reply.code === null) place.uploads.delete(place.reference);
    return reply;
  });
}

/** end-13. */
export function readUpload(place: BlobPlace): Call {
  return toOciRead('ReadUpload', place.name, () =>
    findUpload(place) === null ? refuse('uploadUnknown') : toUploadReply(place, 204),
  );
}

/** Gives an upload up. */
export function cancelUpload(place: BlobPlace): Call {
  return toOciRead('CancelUpload', place.name, () => {
    if (findUpload(place) === null) return refuse('uploadUnknown');
    place.uploads.delete(place.reference);
    return { status: 204, headers: {}, body: null, code: null };
  });
}

function hasBlob({ backend }: BlobPlace, name: string, digest: string): boolean {
  const { library, contents } = backend.shelf;
  return backend.tags(name) !== null && contents(name).blobs.has(digest) && library.hasBlob(digest);
}

function mayMount(place: BlobPlace, digest: string): boolean {
  const { gate, incoming, switches } = place;
  const from = readQuery(incoming, 'from') ?? '';
  if (!switches.mount || !hasBlob(place, from, digest)) return false;
  return gate.check(incoming, { type: 'repository', name: from, action: 'pull' }) === null;
}

function storeBytes(place: BlobPlace, digest: string, bytes: Buffer): Reply {
  if (digestBytes(bytes) !== digest) return refuse('digestInvalid');
  return store(place, place.backend.shelf.library.putBlob(bytes));
}

function store(place: BlobPlace, digest: string): Reply {
  const { backend, name } = place;
  backend.shelf.contents(name).blobs.add(digest);
  const location = locate(place, `/v2/${name}/blobs/${digest}`);
  return {
    status: 201,
    headers: { location, 'docker-content-digest': digest },
    body: null,
    code: null,
  };
}

function findUpload({ uploads, reference, name }: BlobPlace): Buffer[] | null {
  const upload = uploads.get(reference);
  return upload?.name === name ? upload.chunks : null;
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** The location carries a parameter of its own, which the caller has to keep. */
function toUploadReply(place: BlobPlace, status: number): Reply {
  const { name, reference } = place;
  const size = sizeOf(findUpload(place) ?? []);
  const headers = {
    location: locate(
      place,
      `/v2/${name}/blobs/uploads/${reference}?_state=${reference.slice(0, 8)}`,
    ),
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': reference,
  };
  return { status, headers, body: null, code: null };
}

function toBlobReply(digest: string, body: Buffer): Reply {
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest };
  return { status: 200, headers, body, code: null };
}
