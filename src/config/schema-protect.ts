import { z } from 'zod';
import type { InUsePlace } from '../model/in-use.ts';
import { parseDuration } from '../policy/duration.ts';
import { REGISTRY_URL } from './schema-registry.ts';

const DURATION = /^[1-9]\d{0,3}[smhd]$/;

const shared = {
  maxAge: z
    .string()
    .regex(DURATION, 'must be a duration such as 30m, 6h or 2d')
    .default('1h')
    .describe(
      'A list older than this is not believed: by the time of the file, or by Last-Modified of the answer where it has one',
    ),
};

/** `protect:` of `tagwarden.yaml`. */
export const ProtectDocument = z
  .strictObject({
    inUse: z
      .union([
        z.strictObject({
          file: z.string().min(1).describe('File with the list, relative to this file'),
          ...shared,
        }),
        z.strictObject({
          url: z
            .url()
            .regex(REGISTRY_URL, 'must be https://… (http:// only for this machine)')
            .describe('Where the list is fetched; redirects are not followed'),
          ...shared,
        }),
      ])
      .optional()
      .describe(
        'Digests that run somewhere, one a line or as a JSON array: no tag that has one is deleted. While the list cannot be read, is too old, ' +
          'or is empty when it was not, no image tag is deleted at all',
      ),
  })
  .prefault({})
  .describe('What is kept from being deleted, whatever the policies say');

/** What the configuration says, a file made absolute by `resolve`; null: nobody asks what is in use. */
export function toInUsePlace(
  { inUse }: z.infer<typeof ProtectDocument>,
  resolve: (path: string) => string,
): InUsePlace | null {
  if (inUse === undefined) return null;
  const maxAgeMs = parseDuration(inUse.maxAge);
  if ('url' in inUse) return { type: 'url', url: inUse.url, maxAgeMs };
  return { type: 'file', path: resolve(inUse.file), maxAgeMs };
}
