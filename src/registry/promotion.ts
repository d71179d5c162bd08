import type { Promote } from '../model/plan.ts';
import type { Target } from '../model/target.ts';

/** One manifest as a promotion moves it. */
export interface SourceManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** One blob, and where in it to begin. */
export interface BlobFrom {
  readonly digest: string;
  readonly offset: number;
}

/** Where the content of a promotion is read; the port calls it RegistryContent and says what each call promises. */
export interface PromotionSource {
  readonly registry: string;
  readManifest(target: Target, digest: string, signal: AbortSignal): Promise<SourceManifest>;
  openBlob(target: Target, blob: BlobFrom, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  listReferrers(target: Target, digest: string, signal: AbortSignal): Promise<readonly string[]>;
  readonly resolveTag?: (
    target: Target,
    tag: string,
    signal: AbortSignal,
  ) => Promise<string | null>;
}

/** What is to be brought here, and from where. */
export interface RegistryPromotion {
  readonly operation: Promote;
  readonly content: PromotionSource;
}
