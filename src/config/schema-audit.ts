import { z } from 'zod';

const MIB = 1_048_576;

/** `audit:` of `tagwarden.yaml`. */
export const AuditDocument = z
  .union([
    z.strictObject({
      folder: z
        .string()
        .min(1)
        .describe('Folder of the audit files, relative to this file; each process has its own'),
      maxFileMiB: z
        .number()
        .min(0.001)
        .max(10_240)
        .default(100)
        .describe('A file of this size is ended and followed by another'),
    }),
    z.strictObject({
      stdout: z
        .literal(true)
        .describe('To stdout of the service, between the log lines; commands use stderr'),
    }),
  ])
  .describe(
    'Append-only record of every write, an intent before and a result after it; a write that cannot be announced is not sent',
  );

/** Where the audit stream goes. */
export type AuditPlace =
  | { readonly type: 'folder'; readonly path: string; readonly maxBytes: number }
  | { readonly type: 'stream' };

/** What the configuration says, the folder made absolute by `resolve`; null: no audit stream. */
export function toAuditPlace(
  document: z.infer<typeof AuditDocument> | undefined,
  resolve: (path: string) => string,
): AuditPlace | null {
  if (document === undefined) return null;
  if ('stdout' in document) return { type: 'stream' };
  const { folder, maxFileMiB } = document;
  return { type: 'folder', path: resolve(folder), maxBytes: Math.round(maxFileMiB * MIB) };
}
