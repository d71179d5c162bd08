/** Contents that run somewhere, so that no name of theirs may be deleted. */
export type InUse =
  | {
      readonly status: 'known';
      readonly digests: ReadonlySet<string>;
      /** Of contents that may go. Null or absent: nobody tells what is in an index, so its own digest counts alone. */
      readonly children?: Children | null;
    }
  /** Nobody can say what is in use, so nothing may go. */
  | { readonly status: 'unknown'; readonly reason: string };

/** Images that contents are made of, by digest, as runtimes may report those; null or missing: it cannot be told. */
export type Children = ReadonlyMap<string, readonly string[] | null>;

/** Rule that stands in reports for what keeps contents in use from being deleted. */
export const IN_USE_RULE = 'protect.inUse';

/** Where the list of contents in use is read. */
export type InUsePlace =
  | { readonly type: 'file'; readonly path: string; readonly maxAgeMs: number }
  | { readonly type: 'url'; readonly url: string; readonly maxAgeMs: number };
