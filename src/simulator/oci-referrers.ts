import { type Call, readQuery } from './exchange.ts';
import { describe, isDigest } from './oci-image.ts';
import { parseManifest } from './oci-library.ts';
import type { ManifestPlace } from './oci-manifests.ts';
import { MEDIA } from './oci-media.ts';
import { findRepository, refuse, toOciRead } from './oci-request.ts';

/** end-12: an index of the manifests that name this digest as their subject. */
export function listReferrers(place: ManifestPlace): Call {
  return toOciRead('ListReferrers', place.name, ({ distortion }) => {
    const { incoming, reference, switches, name } = place;
    if (!switches.referrers) return refuse('noSuchRoute');
    if (!isDigest(reference)) return refuse('digestInvalid');
    const artifactType = switches.referrersFilter ? readQuery(incoming, 'artifactType') : null;
    const all = describeReferrers(place).filter(
      (referrer) => artifactType === null || referrer.artifactType === artifactType,
    );
    const start = distortion === 'cursor-loop' ? 0 : Number(readQuery(incoming, 'from') ?? 0);
    const end = start + (switches.referrersPage ?? all.length);
    const query = new URLSearchParams({
      from: String(distortion === 'cursor-loop' ? 0 : end),
      ...(artifactType === null ? {} : { artifactType }),
    });
    const more = end < all.length || distortion === 'cursor-loop';
    return {
      status: 200,
      headers: {
        'content-type': MEDIA.ociIndex,
        ...(artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' }),
        ...(more && switches.link
          ? { link: `</v2/${name}/referrers/${reference}?${query.toString()}>; rel="next"` }
          : {}),
      },
      body: JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA.ociIndex,
        manifests: distortion === 'null-tags' ? null : all.slice(start, end),
      }),
      code: null,
    };
  });
}

function describeReferrers(place: ManifestPlace) {
  const contents = findRepository(place)?.contents;
  const digests = [...(contents?.referrers.get(place.reference) ?? [])];
  return digests.flatMap((digest) => {
    const manifest = place.backend.shelf.library.readManifest(digest);
    if (manifest === null || contents?.manifests.has(digest) !== true) return [];
    const fields = parseManifest(manifest.bytes);
    return [
      {
        ...describe(manifest.mediaType, manifest),
        artifactType: fields?.artifactType ?? fields?.config?.mediaType ?? '',
        ...(fields?.annotations === undefined ? {} : { annotations: fields.annotations }),
      },
    ];
  });
}
