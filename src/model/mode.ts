/** What a policy may do; always explicit. */
export const MODES = ['observe', 'create-only', 'upsert-only', 'sync'] as const;
export type Mode = (typeof MODES)[number];
