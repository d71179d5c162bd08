/** Contents that run somewhere, so that no name of theirs may be deleted. */
export type InUse =
  | { readonly status: 'known'; readonly digests: ReadonlySet<string> }
  /** Nobody can say what is in use, so nothing may go. */
  | { readonly status: 'unknown'; readonly reason: string };

/** Rule that stands in reports for what keeps contents in use from being deleted. */
export const IN_USE_RULE = 'protect.inUse';

/** Where the list of contents in use is read. */
export type InUsePlace =
  | { readonly type: 'file'; readonly path: string; readonly maxAgeMs: number }
  | { readonly type: 'url'; readonly url: string; readonly maxAgeMs: number };
