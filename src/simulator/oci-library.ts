import { z } from 'zod';
import {
  type Blob,
  type ImageContent,
  type Manifest,
  outlineImage,
  PLAIN_IMAGE,
  renderImage,
  toBlob,
} from './oci-image.ts';
import { isIndexType } from './oci-media.ts';

/** What one seeded label put into the library. */
export interface Entry {
  /** Of the manifest a tag points at. */
  readonly digest: string;
  /** That one, then the children of an index. */
  readonly manifests: readonly string[];
  readonly blobs: readonly string[];
}

/**
 * All content by digest, of every registry. Bytes of seeded images are made when they are asked
 * for, so that a world of 50,000 tags is small; pushed bytes are kept as they came.
 */
export interface Library {
  readonly define: (label: string, image?: ImageContent) => Entry;
  readonly readManifest: (digest: string) => Manifest | null;
  readonly putManifest: (manifest: Manifest) => void;
  /** What a list of tags tells of a manifest; `null` when its bytes are not here. */
  readonly summarize: (digest: string) => ManifestSummary | null;
  readonly readBlob: (digest: string) => Blob | null;
  readonly hasBlob: (digest: string) => boolean;
  /** Returns the digest. */
  readonly putBlob: (bytes: Buffer) => string;
}

/** The kind of a manifest without its bytes. */
export interface ManifestSummary {
  readonly isIndex: boolean;
  /** Digest of the config; an index has none. */
  readonly config: string | null;
}

interface Recipe extends Entry {
  readonly label: string;
  readonly image: ImageContent;
}

const DescriptorSchema = z.looseObject({
  mediaType: z.string().default(''),
  digest: z.string(),
  urls: z.array(z.string()).optional(),
  platform: z.looseObject({ os: z.string(), architecture: z.string() }).optional(),
});
const ManifestSchema = z.looseObject({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  config: DescriptorSchema.optional(),
  layers: z.array(DescriptorSchema).default([]),
  manifests: z.array(DescriptorSchema).default([]),
  subject: DescriptorSchema.optional(),
});

/** The fields of a manifest a registry looks at. */
export type ManifestFields = z.infer<typeof ManifestSchema>;

/** Nothing in it yet. */
export function createLibrary(): Library {
  const byLabel = new Map<string, Recipe>();
  const recipes = new Map<string, Recipe>();
  const manifests = new Map<string, Manifest>();
  const blobs = new Map<string, Blob>();

  const define = (label: string, image: ImageContent = PLAIN_IMAGE): Entry => {
    const key = image === PLAIN_IMAGE ? label : `${label}\n${JSON.stringify(image)}`;
    const known = byLabel.get(key);
    if (known !== undefined) return known;
    const outline = outlineImage(label, image);
    const recipe: Recipe = {
      label,
      image,
      digest: outline.manifests[0].digest,
      manifests: outline.manifests.map(({ digest }) => digest),
      blobs: outline.blobs.map(({ digest }) => digest),
    };
    byLabel.set(key, recipe);
    for (const digest of [...recipe.manifests, ...recipe.blobs]) recipes.set(digest, recipe);
    return recipe;
  };

  const readRecipe = (digest: string) => {
    const recipe = recipes.get(digest);
    return recipe === undefined ? null : renderImage(recipe.label, recipe.image);
  };

  const summarize = (digest: string): ManifestSummary | null => {
    const pushed = manifests.get(digest);
    if (pushed !== undefined) {
      const config = parseManifest(pushed.bytes)?.config?.digest ?? null;
      return { isIndex: isIndexType(pushed.mediaType), config };
    }
    const recipe = recipes.get(digest);
    return recipe === undefined ? null : summarizeRecipe(recipe, digest);
  };

  return {
    define,
    summarize,
    readManifest: (digest) =>
      manifests.get(digest) ??
      readRecipe(digest)?.manifests.find((manifest) => manifest.digest === digest) ??
      null,
    putManifest: (manifest) => void manifests.set(manifest.digest, manifest),
    readBlob: (digest) =>
      blobs.get(digest) ?? readRecipe(digest)?.blobs.find((blob) => blob.digest === digest) ?? null,
    hasBlob: (digest) => blobs.has(digest) || recipes.has(digest),
    putBlob: (bytes) => {
      const blob = toBlob(bytes);
      blobs.set(blob.digest, blob);
      return blob.digest;
    },
  };
}

/** Blobs come in pairs of config and layer, in the order of the manifests that are no index. */
function summarizeRecipe({ manifests, blobs }: Entry, digest: string): ManifestSummary {
  const position = manifests.indexOf(digest);
  if (manifests.length === 1) return { isIndex: false, config: blobs[0] ?? null };
  return { isIndex: position === 0, config: blobs[2 * (position - 1)] ?? null };
}

/** The fields of a manifest; `null` when the bytes are not one. */
export function parseManifest(bytes: Buffer): ManifestFields | null {
  try {
    return ManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return null;
  }
}
