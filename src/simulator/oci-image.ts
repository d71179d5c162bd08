import { hash } from 'node:crypto';
import { z } from 'zod';
import { MEDIA, PART } from './oci-media.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DAY_MS = 86_400_000;
const FIRST_BUILD = '2024-01-01T00:00:00Z';

/** An archive without any file, packed: clients pack what is not, and change the digest with it. */
const EMPTY_LAYER = Buffer.from(
  '1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000',
  'hex',
);
const EMPTY_TAR = Buffer.alloc(1_024);

/** How the image behind a seeded tag is built. Label and image together make its digest. */
export const ImageContentSchema = z.strictObject({
  /** Build time in the config; `null` leaves it out. */
  created: z.iso.datetime().nullable().default(FIRST_BUILD),
  /** Instead of `created`: days before the simulator's clock. */
  ageDays: z.number().nonnegative().optional(),
  /** `os/architecture[/variant]`, one child manifest each; none: a manifest without an index. */
  platforms: z.array(z.string().regex(/^[^/]+\/[^/]+(\/[^/]+)?$/)).default([]),
  annotations: z.record(z.string(), z.string()).default({}),
  format: z.enum(['oci', 'docker']).default('oci'),
  /** Size of an unpacked layer of its own; without it the layer is an empty archive all images share. */
  layerBytes: z.int().positive().nullable().default(null),
  /** `referrers`: an untagged manifest with `subject`; `fallback`: with its `sha256-…` index tag; `tag`: `sha256-….sig`. */
  signed: z.array(z.enum(['referrers', 'fallback', 'tag'])).default([]),
});

/** What a seed may say about an image. */
export type ImageContentInput = z.input<typeof ImageContentSchema>;
export type ImageContent = Omit<z.output<typeof ImageContentSchema>, 'ageDays'>;

/** Bytes under their digest. */
export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** Bytes of a manifest with the type they were pushed under. */
export interface Manifest extends Blob {
  readonly mediaType: string;
}

/** An image as a registry holds it: the manifest a tag points at comes first. */
export interface RenderedImage {
  readonly manifests: readonly [Manifest, ...Manifest[]];
  readonly blobs: readonly Blob[];
}

/** The image of a label that says nothing more. */
export const PLAIN_IMAGE: ImageContent = parseImageContent(undefined, 0);

/** Defaults filled in, `ageDays` turned into a time. */
export function parseImageContent(
  input: ImageContentInput | undefined,
  nowMs: number,
): ImageContent {
  const { ageDays, ...image } = ImageContentSchema.parse(input ?? {});
  return ageDays === undefined
    ? image
    : { ...image, created: new Date(nowMs - ageDays * DAY_MS).toISOString() };
}

/** True for `sha256:` and 64 hexadecimal digits. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The digest of bytes. */
export function digestBytes(bytes: Buffer | string): string {
  return `sha256:${hash('sha256', bytes)}`;
}

/** A digest as it is; any other label is the digest of the manifest made from it. */
export function digestOf(label: string): string {
  return isDigest(label) ? label : outlineImage(label, PLAIN_IMAGE).manifests[0].digest;
}

/** The same bytes for the same label and image, always. */
export function renderImage(label: string, image: ImageContent): RenderedImage {
  const { manifests, blobs } = outlineImage(label, image);
  const toBytes = ({ digest, mediaType, content }: Piece): Manifest => ({
    digest,
    mediaType,
    bytes: Buffer.from(content),
  });
  const [root, ...children] = manifests;
  return { manifests: [toBytes(root), ...children.map(toBytes)], blobs: blobs.map(toBytes) };
}

/** Content before it is bytes: seeding needs the digests of 100,000 and the bytes of few. */
interface Piece {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly content: string | Buffer;
}

/** The pieces of an image, the manifest a tag points at first. */
export function outlineImage(
  label: string,
  image: ImageContent,
): { readonly manifests: readonly [Piece, ...Piece[]]; readonly blobs: readonly Piece[] } {
  if (image.platforms.length === 0) {
    const { manifest, blobs } = outlinePlatform(label, image, 'linux/amd64');
    return { manifests: [manifest], blobs };
  }
  const children = image.platforms.map((platform) => ({
    platform,
    ...outlinePlatform(`${label} ${platform}`, image, platform),
  }));
  const mediaType = image.format === 'oci' ? MEDIA.ociIndex : MEDIA.dockerList;
  const index = {
    schemaVersion: 2,
    mediaType,
    manifests: children.map(({ platform, manifest }) => ({
      ...toDescriptor(manifest),
      platform: parsePlatform(platform),
    })),
    ...renderAnnotations(image),
  };
  return {
    manifests: [
      toPiece(mediaType, JSON.stringify(index)),
      ...children.map(({ manifest }) => manifest),
    ],
    blobs: children.flatMap(({ blobs }) => blobs),
  };
}

/** A descriptor of content. */
export function describe(mediaType: string, { digest, bytes }: Blob) {
  return { mediaType, digest, size: bytes.length };
}

/** A manifest of these fields. */
export function toManifest(mediaType: string, fields: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return { digest: digestBytes(bytes), mediaType, bytes };
}

/** Bytes with their digest. */
export function toBlob(bytes: Buffer): Blob {
  return { digest: digestBytes(bytes), bytes };
}

const EMPTY_DIFF = digestBytes(EMPTY_TAR);
const SHARED_LAYERS = {
  oci: toPiece(PART.oci.layer, EMPTY_LAYER),
  docker: toPiece(PART.docker.layer, EMPTY_LAYER),
} as const;

function outlinePlatform(label: string, image: ImageContent, platform: string) {
  const { created, layerBytes, format } = image;
  const layer =
    layerBytes === null
      ? SHARED_LAYERS[format]
      : toPiece(PART[format].plainLayer, fillLayer(label, layerBytes));
  const time = created === null ? {} : { created };
  const content = {
    ...time,
    ...parsePlatform(platform),
    config: { Labels: { 'example.label': label } },
    rootfs: { type: 'layers', diff_ids: [layerBytes === null ? EMPTY_DIFF : layer.digest] },
    history: [{ ...time, created_by: 'simulator' }],
  };
  const config = toPiece(PART[format].config, JSON.stringify(content));
  const mediaType = format === 'oci' ? MEDIA.ociManifest : MEDIA.dockerManifest;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: toDescriptor(config),
    layers: [toDescriptor(layer)],
    ...(image.platforms.length === 0 ? renderAnnotations(image) : {}),
  };
  return { manifest: toPiece(mediaType, JSON.stringify(manifest)), blobs: [config, layer] };
}

function toPiece(mediaType: string, content: string | Buffer): Piece {
  return { digest: digestBytes(content), mediaType, size: Buffer.byteLength(content), content };
}

function toDescriptor({ mediaType, digest, size }: Piece) {
  return { mediaType, digest, size };
}

function fillLayer(label: string, layerBytes: number): Buffer {
  const bytes = Buffer.alloc(layerBytes);
  bytes.write(label.slice(0, layerBytes));
  return bytes;
}

/** Docker's formats have no annotations. */
function renderAnnotations({ annotations, format }: ImageContent): object {
  return format === 'docker' || Object.keys(annotations).length === 0 ? {} : { annotations };
}

function parsePlatform(platform: string) {
  const [os = 'linux', architecture = 'amd64', variant] = platform.split('/');
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}
