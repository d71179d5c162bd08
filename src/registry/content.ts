import { z } from 'zod';
import { parseJson } from '../model/json.ts';

/** Year 1 and 1970 are how builders write "never"; read as times they would make content the oldest of all. */
const EARLIEST_MS = Date.UTC(2000, 0);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const Text = z.string().nullish().catch(null);
const Time = z
  .unknown()
  .default(null)
  .transform((value): Date | null => {
    if (typeof value !== 'string' || !TIME.test(value)) return null;
    const time = new Date(value);
    return time.getTime() > EARLIEST_MS ? time : null;
  });
const Annotations = z
  .object({ 'org.opencontainers.image.created': Time })
  .catch({ 'org.opencontainers.image.created': null });
const Platform = z.object({ os: Text, architecture: Text, variant: Text });
const Descriptor = z.object({ mediaType: Text, digest: z.string() });

/** What a manifest or index says that facts are made of. Loose: an artifact of any kind must be readable. */
const ManifestText = z.object({
  manifests: z
    .array(Descriptor.extend({ platform: Platform.nullish().catch(null) }))
    .nullish()
    .catch(null),
  config: Descriptor.nullish().catch(null),
  artifactType: Text,
  subject: Descriptor.nullish().catch(null),
  annotations: Annotations.nullish(),
});
export type ManifestText = z.infer<typeof ManifestText>;

const ConfigText = Platform.extend({ created: Time });
export type ConfigText = z.infer<typeof ConfigText>;

const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Null: not JSON of this kind. */
export function readManifestText(bytes: string | Uint8Array): ManifestText | null {
  return ManifestText.safeParse(parseJson(bytes)).data ?? null;
}

/** The config of an image; null: not JSON of this kind. */
export function readConfigText(bytes: Uint8Array): ConfigText | null {
  return ConfigText.safeParse(parseJson(bytes)).data ?? null;
}

/** Digest of the config when the manifest is an image that runs somewhere; null: it is something else. */
export function imageConfigOf({ config }: ManifestText): string | null {
  return config && IMAGE_CONFIGS.has(config.mediaType ?? '') ? config.digest : null;
}

/** When the manifest's own annotation says it was made. */
export function annotatedTime({ annotations }: ManifestText): Date | null {
  return annotations?.['org.opencontainers.image.created'] ?? null;
}

/** `linux/arm64` or `linux/arm/v7`; null: not stated, or `unknown` as of attestations. */
export function platformName(platform: z.infer<typeof Platform> | null | undefined): string | null {
  const { os, architecture, variant } = platform ?? {};
  if (!os || !architecture || os === 'unknown' || architecture === 'unknown') return null;
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}
