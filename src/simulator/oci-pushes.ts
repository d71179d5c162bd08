import { type Call, type Reply, readHeader } from './exchange.ts';
import { digestBytes, isDigest, type Manifest } from './oci-image.ts';
import { type ManifestFields, parseManifest } from './oci-library.ts';
import type { ManifestPlace } from './oci-manifests.ts';
import { isManifestType } from './oci-media.ts';
import { isDigestReference } from './oci-path.ts';
import { refuseOci } from './oci-refusals.ts';
import { locate, refuse, toOciWrite } from './oci-request.ts';
import { shelve } from './oci-shelf.ts';
import { isTagName } from './swr-names.ts';

/** end-7: the bytes as they come; a tag that is there is replaced without a word. */
export function putManifest(place: ManifestPlace): Call {
  const { incoming, reference } = place;
  const digest = digestBytes(incoming.body);
  return toOciWrite(place, 'PutManifest', {
    writes: [{ operation: 'add', key: reference, value: digest, from: null }],
    run: () => runPut(place, { digest, mediaType: readType(place), bytes: incoming.body }),
  });
}

function runPut(place: ManifestPlace, manifest: Manifest): Reply {
  const refusal = findRefusal(place, manifest);
  if (refusal !== null) return refusal;
  const { backend, name, reference, switches } = place;
  const { digest } = manifest;
  if (!backend.ensure(name)) return refuse('nameUnknown');
  shelve(backend.shelf, name, manifest);
  if (!isDigest(reference)) backend.bind(name, reference, digest);
  const subject = parseManifest(manifest.bytes)?.subject?.digest;
  const headers = {
    location: locate(place, `/v2/${name}/manifests/${digest}`),
    ...(switches.digestHeader ? { 'docker-content-digest': digest } : {}),
    ...(subject !== undefined && switches.referrers ? { 'oci-subject': subject } : {}),
  };
  return { status: 201, headers, body: null, code: null };
}

function findRefusal(place: ManifestPlace, { digest, mediaType, bytes }: Manifest): Reply | null {
  const { reference, switches } = place;
  if (bytes.length > switches.maxManifestBytes) return refuse('tooLarge');
  const fields = parseManifest(bytes);
  if (fields === null || !isManifestType(mediaType)) return refuse('manifestInvalid');
  if ((fields.mediaType ?? mediaType) !== mediaType) return refuse('manifestInvalid');
  if (isDigestReference(reference)) {
    if (reference !== digest) return refuse('digestInvalid');
  } else if (!isTagName(reference)) {
    return refuse('manifestInvalid');
  }
  return findMissing(place, fields) ?? findImmutable(place, digest);
}

/** A subject may be missing, layers that live elsewhere too. */
function findMissing(
  { backend, name, switches }: ManifestPlace,
  fields: ManifestFields,
): Reply | null {
  if (switches.missingBlobs === 'accepted') return null;
  const { manifests, blobs } = backend.shelf.contents(name);
  const parts = [...(fields.config === undefined ? [] : [fields.config]), ...fields.layers];
  const missing =
    parts.find(({ digest, urls }) => urls === undefined && !blobs.has(digest)) ??
    fields.manifests.find(({ digest }) => !manifests.has(digest));
  return missing === undefined
    ? null
    : refuseOci({
        status: Number(switches.missingBlobs),
        code: 'MANIFEST_BLOB_UNKNOWN',
        message: `blob unknown to registry: ${missing.digest}`,
      });
}

function findImmutable(
  { backend, name, reference, switches }: ManifestPlace,
  digest: string,
): Reply | null {
  const { immutableTags, immutablePattern } = switches;
  const bound = backend.tags(name)?.get(reference)?.digest;
  if (immutableTags === null || bound === undefined || bound === digest) return null;
  if (!new RegExp(immutablePattern).test(reference)) return null;
  return refuseOci({
    status: immutableTags,
    code: 'DENIED',
    message: `tag ${reference} is immutable`,
  });
}

function readType({ incoming }: ManifestPlace): string {
  return readHeader(incoming, 'content-type')?.split(';')[0]?.trim() ?? '';
}
