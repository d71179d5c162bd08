import { type Call, type Reply, readHeader, type WriteItem } from './exchange.ts';
import { isDigest, type Manifest } from './oci-image.ts';
import { parseManifest } from './oci-library.ts';
import { MEDIA } from './oci-media.ts';
import { isDigestReference } from './oci-path.ts';
import { refuseDelete } from './oci-refusals.ts';
import {
  type FoundRepository,
  findRepository,
  type OciPlace,
  refuse,
  toOciRead,
  toOciWrite,
} from './oci-request.ts';

/** A request about one manifest; `reference` is a tag or a digest. */
export interface ManifestPlace extends OciPlace {
  readonly reference: string;
}

/** end-3: the same answer for GET and HEAD; the body of a HEAD is not sent. */
export function readManifest(place: ManifestPlace): Call {
  const operation = place.incoming.method === 'HEAD' ? 'HeadManifest' : 'GetManifest';
  return toOciRead(operation, place.name, () => {
    const { reference, switches, incoming } = place;
    if (isDigestReference(reference) && !isDigest(reference)) return refuse('digestInvalid');
    const manifest = findManifest(place, reference);
    const answer = manifest === null ? null : chooseByAccept(place, manifest);
    if (answer === null) return refuse('manifestUnknown');
    const { digest, mediaType, bytes } = answer;
    const headers = {
      ...(switches.digestHeader ? { 'docker-content-digest': digest } : {}),
      ...(switches.etag ? { etag: `"${digest}"` } : {}),
    };
    return switches.etag && matchesTag(readHeader(incoming, 'if-none-match'), digest)
      ? { status: 304, headers, body: null, code: null }
      : {
          status: 200,
          headers: { 'content-type': mediaType, ...headers },
          body: bytes,
          code: null,
        };
  });
}

/** end-9: by tag only that name goes, by digest every name of it. */
export function deleteManifest(place: ManifestPlace): Call {
  const byDigest = isDigestReference(place.reference);
  const operation = byDigest ? 'DeleteManifest' : 'DeleteTag';
  const siblings = byDigest ? tagsOf(findRepository(place), place.reference) : [];
  const writes = [place.reference, ...siblings].map(
    (key): WriteItem => ({ operation: 'delete', key, value: null, from: null }),
  );
  return toOciWrite(place, operation, {
    writes,
    run: () => (byDigest ? runDeleteDigest(place) : runDeleteTag(place)),
  });
}

function runDeleteTag(place: ManifestPlace): Reply {
  const { tagDelete } = place.switches;
  if (tagDelete !== 'allowed') return refuseDelete(tagDelete);
  const found = findRepository(place);
  if (found === null) return refuse('nameUnknown');
  return found.tags.delete(place.reference) ? accepted() : refuse('manifestUnknown');
}

function runDeleteDigest(place: ManifestPlace): Reply {
  const { reference, switches } = place;
  if (switches.digestDelete !== 'allowed') return refuseDelete(switches.digestDelete);
  if (!isDigest(reference)) return refuse('digestInvalid');
  const found = findRepository(place);
  if (found === null) return refuse('nameUnknown');
  if (!found.contents.manifests.delete(reference)) return refuse('manifestUnknown');
  if (switches.digestDeleteUntags) {
    for (const tag of tagsOf(found, reference)) found.tags.delete(tag);
  }
  return accepted();
}

function accepted(): Reply {
  return { status: 202, headers: {}, body: null, code: null };
}

function tagsOf(found: FoundRepository | null, digest: string): string[] {
  if (found === null) return [];
  return [...found.tags.values()].filter((tag) => tag.digest === digest).map(({ name }) => name);
}

function findManifest(place: OciPlace, reference: string): Manifest | null {
  const found = findRepository(place);
  if (found === null) return null;
  const digest = isDigest(reference) ? reference : found.tags.get(reference)?.digest;
  return digest !== undefined && found.contents.manifests.has(digest)
    ? place.backend.shelf.library.readManifest(digest)
    : null;
}

/**
 * What the reference registry makes of `Accept`: OCI content is not there for a caller who does not
 * name its type, and a tag on a Docker list silently turns into the linux/amd64 child.
 */
function chooseByAccept(place: ManifestPlace, manifest: Manifest): Manifest | null {
  if (place.switches.accept === 'ignored') return manifest;
  const accepted = parseAccept(readHeader(place.incoming, 'accept'));
  if (accepted.has(manifest.mediaType)) return manifest;
  switch (manifest.mediaType) {
    case MEDIA.ociIndex:
    case MEDIA.ociManifest:
      return null;
    case MEDIA.dockerList:
      return isDigest(place.reference) ? manifest : findDefaultChild(place, manifest);
    default:
      return manifest;
  }
}

function findDefaultChild(place: OciPlace, list: Manifest): Manifest | null {
  const child = parseManifest(list.bytes)?.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
  );
  return child === undefined ? null : findManifest(place, child.digest);
}

/** Parameters such as a quality play no part. */
function parseAccept(header: string | null): ReadonlySet<string> {
  const types = (header ?? '').split(',').map((part) => part.split(';')[0]?.trim() ?? '');
  return new Set(types);
}

function matchesTag(header: string | null, digest: string): boolean {
  const tags = (header ?? '').split(',').map((part) => part.trim().replace(/^W\//, ''));
  return tags.includes(`"${digest}"`) || tags.includes('*');
}
