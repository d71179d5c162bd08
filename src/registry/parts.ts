import { z } from 'zod';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { isDigest } from './digest.ts';
import { MANIFEST_TYPES } from './manifests.ts';

const Digest = z.string().refine(isDigest);
const Part = z.object({
  mediaType: z.string().nullish(),
  digest: Digest,
  size: z.int().nonnegative(),
  urls: z.array(z.string()).nullish(),
});
/** One thing a manifest names. */
export type Part = z.infer<typeof Part>;

/** Strict where a promotion would leave something behind. */
const ManifestParts = z.object({
  manifests: z.array(Part).nullish(),
  config: Part.nullish(),
  layers: z.array(Part).nullish(),
  subject: z.object({ digest: Digest }).nullish(),
  artifactType: z.string().nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

/** What a manifest is made of, as far as it lives in the same repository. */
export interface Parts {
  /** Digests of the manifests of an index. */
  readonly children: readonly string[];
  readonly blobs: readonly Part[];
  /** What referrers lists say of a manifest with a subject. */
  readonly artifactType: string | null;
  readonly annotations: Readonly<Record<string, string>> | null;
}

const MANIFESTS: ReadonlySet<string> = new Set(MANIFEST_TYPES);

/** Parts in the order they have to be there. Throws PROVIDER_REJECTED for what cannot be moved whole. */
export function readParts(bytes: Uint8Array, name: string): Parts {
  const { data, error } = ManifestParts.safeParse(parseJson(bytes));
  const listed = data?.manifests ?? null;
  if (data === undefined || (listed === null && !data.config && !data.layers)) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `Cannot promote "${name}": its manifest names neither manifests nor layers in a form that can be read, an image or an index was wanted`,
      { cause: error },
    );
  }
  const own = [...(data.config ? [data.config] : []), ...(data.layers ?? [])];
  // A build cache lists layers in an index.
  const blobs = [...(listed ?? []).filter((part) => !isManifest(part)), ...own];
  return {
    children: (listed ?? []).filter(isManifest).map(({ digest }) => digest),
    blobs: blobs.filter((part, index) => isHere(part) && indexOf(blobs, part) === index),
    artifactType: data.artifactType ?? data.config?.mediaType ?? null,
    annotations: data.annotations ?? null,
  };
}

/** An unnamed type in an index is that of a manifest. */
function isManifest({ mediaType }: Part): boolean {
  return !mediaType || MANIFESTS.has(mediaType);
}

/** Layers that name other places are fetched there, by whoever runs the image. */
function isHere({ urls }: Part): boolean {
  return !urls || urls.length === 0;
}

function indexOf(parts: readonly Part[], { digest }: Part): number {
  return parts.findIndex((part) => part.digest === digest);
}
