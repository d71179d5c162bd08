import { createHash } from 'node:crypto';
import { isRetriable, ReconcileError } from '../model/errors.ts';
import type { RegistryContent } from '../model/promotion.ts';
import { type Target, targetKey } from '../model/target.ts';

/** A blob that is to be read whole. */
export interface BlobWanted {
  readonly content: RegistryContent;
  readonly source: Target;
  readonly digest: string;
  readonly size: number;
}

/** Times in a row that a source may break off without having sent a byte. */
const MAX_BARREN = 3;

/**
 * The bytes in chunks of this many, the last one apart, all in one buffer: a chunk is gone when the next one is asked for. The
 * last is handed out when the hash of all is the digest. A source that breaks off is asked for the rest.
 */
export async function* readChunks(
  blob: BlobWanted,
  chunkBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { digest, size } = blob;
  const hash = createHash(digest.startsWith('sha512:') ? 'sha512' : 'sha256');
  const buffer = Buffer.allocUnsafe(Math.min(size, chunkBytes));
  let filled = 0;
  for await (const piece of readPieces(blob, signal)) {
    hash.update(piece);
    for (let taken = 0; taken < piece.length; ) {
      if (filled === buffer.length) {
        yield buffer;
        filled = 0;
      }
      const part = piece.subarray(taken, taken + buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      taken += part.length;
    }
  }
  const found = `${digest.split(':')[0] ?? ''}:${hash.digest('hex')}`;
  if (found !== digest) throw broken(blob, `its ${size} bytes are ${found}`);
  yield buffer.subarray(0, filled);
}

/** How many bytes have come. */
interface Progress {
  offset: number;
}

/** Exactly `size` bytes, or an error. */
async function* readPieces(blob: BlobWanted, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const progress: Progress = { offset: 0 };
  let barren = 0;
  while (progress.offset < blob.size) {
    const from = progress.offset;
    yield* readOn(blob, progress, signal);
    barren = progress.offset === from ? barren + 1 : 0;
    if (barren === MAX_BARREN) throw broken(blob, `it breaks off after ${progress.offset} bytes`);
  }
}

/** What comes until the source breaks off. */
async function* readOn(
  blob: BlobWanted,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { content, source, digest, size } = blob;
  const stream = await content.openBlob(source, { digest, offset: progress.offset }, signal);
  try {
    for await (const piece of stream) {
      take(blob, progress, piece, signal);
      yield piece;
    }
  } catch (error) {
    if (signal.aborted || progress.offset > size || !isRetriable(error)) throw error;
  }
}

function take(
  blob: BlobWanted,
  progress: Progress,
  { length }: Uint8Array,
  signal: AbortSignal,
): void {
  if (signal.aborted) throw cancelled(blob);
  progress.offset += length;
  if (progress.offset > blob.size) throw broken(blob, `it goes on after ${blob.size} bytes`);
}

function broken({ source, digest }: BlobWanted, what: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_UNAVAILABLE',
    `Cannot read blob "${digest}" of "${targetKey(source)}": ${what}, the whole blob was wanted`,
  );
}

function cancelled({ source, digest }: BlobWanted): ReconcileError {
  return new ReconcileError(
    'CANCELLED',
    `Cannot read blob "${digest}" of "${targetKey(source)}": the run was cancelled, time to finish was wanted`,
  );
}
