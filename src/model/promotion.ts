import type { Promote } from './plan.ts';
import type { Target } from './target.ts';

/** One manifest as a promotion moves it. */
export interface ManifestBytes {
  readonly mediaType: string;
  /** The exact bytes; whoever reads them has checked that their hash is the digest asked for. */
  readonly bytes: Uint8Array;
}

/** One blob, and the byte in it to begin with. */
export interface BlobFrom {
  readonly digest: string;
  readonly offset: number;
}

/**
 * What an account's repositories hold, as another registry's adapter reads it for a promotion. Everything is asked for by
 * digest, so it cannot change meanwhile; a digest that is gone throws PROVIDER_NOT_FOUND.
 */
export interface RegistryContent {
  /** Scheme, host and port, such as `https://registry.example.com`; where both sides have the same, blobs can be mounted. */
  readonly registry: string;
  readManifest(target: Target, digest: string, signal: AbortSignal): Promise<ManifestBytes>;
  /** Bytes of a blob from an offset on, so that a transfer which broke off can go on. The reader checks the whole hash. */
  openBlob(target: Target, blob: BlobFrom, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Digests of the manifests that refer to this one, complete; empty: none do. */
  listReferrers(target: Target, digest: string, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Digest of a tag that is named after a digest, as cosign names signatures; null: not bound. Absent: the registry has no
   * such tags.
   */
  readonly resolveTag?: (
    target: Target,
    tag: string,
    signal: AbortSignal,
  ) => Promise<string | null>;
}

/** Content of another repository that is to be bound to a name here. */
export interface Promotion {
  readonly operation: Promote;
  /** Of the account of `operation.source`. */
  readonly content: RegistryContent;
}
