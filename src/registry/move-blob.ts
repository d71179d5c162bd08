import { ReconcileError } from '../model/errors.ts';
import { targetKey } from '../model/target.ts';
import { readChunks } from './blob-reader.ts';
import { hasBlob } from './blobs.ts';
import type { Lane } from './lane.ts';
import type { Part } from './parts.ts';
import { originOf } from './source.ts';
import {
  beginUpload,
  finishUpload,
  mountBlob,
  sendChunk,
  type Upload,
  UploadLost,
} from './upload.ts';

/** What one promotion holds of a blob at a time; a blob that is no larger goes in one request. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
/** A registry that wants more at once does not get it. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
/** Replies in a row after which the registry had no byte more than before. */
const MAX_BARREN = 3;

const NO_BYTES = new Uint8Array();

/**
 * Makes sure that a blob is here: a look, a mount where both repositories are of one registry, else its bytes. `isForced`: the
 * registry has shown that a look is not to be trusted.
 */
export async function moveBlob(
  lane: Lane,
  part: Part,
  isForced: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { registry, target, content } = lane;
  if (!isForced && (await hasBlob(registry, target, part.digest, signal))) return;
  const isNear = content.registry === originOf(registry);
  const begun = isNear ? await mountBlob(lane, part.digest, signal) : null;
  // What a mount says it has done does not help when the registry has found it missing.
  if (begun === 'mounted' && !isForced) return;
  try {
    await sendBlob(lane, part, begun === 'mounted' ? null : begun, signal);
  } catch (error) {
    if (!(error instanceof UploadLost)) throw error;
    await sendAgain(lane, part, signal);
  }
}

async function sendAgain(lane: Lane, part: Part, signal: AbortSignal): Promise<void> {
  try {
    await sendBlob(lane, part, null, signal);
  } catch (error) {
    throw error instanceof UploadLost ? error.cause : error;
  }
}

/** One upload from its beginning. */
async function sendBlob(
  lane: Lane,
  { digest, size }: Part,
  begun: Upload | null,
  signal: AbortSignal,
): Promise<void> {
  const { content, source } = lane;
  // A small one is read first: an upload without an end stays at the registry for days.
  let upload = begun ?? (size > CHUNK_BYTES ? await beginUpload(lane, signal) : null);
  let sent = 0;
  const chunkBytes = Math.min(MAX_CHUNK_BYTES, Math.max(CHUNK_BYTES, upload?.minChunk ?? 0));
  for await (const bytes of readChunks({ content, source, digest, size }, chunkBytes, signal)) {
    upload ??= await beginUpload(lane, signal);
    if (bytes.length === size) return await finishUpload(lane, upload, { digest, bytes }, signal);
    upload = await sendWhole(lane, upload, bytes, signal);
    sent += bytes.length;
    if (sent === size) await finishUpload(lane, upload, { digest, bytes: NO_BYTES }, signal);
  }
}

/** All of a chunk, in as many requests as the registry takes it in. */
async function sendWhole(
  lane: Lane,
  begun: Upload,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Upload> {
  const start = begun.offset;
  let upload = begun;
  for (let barren = 0; upload.offset < start + bytes.length; ) {
    const before = upload.offset;
    upload = await sendChunk(lane, upload, bytes.subarray(before - start), signal);
    if (upload.offset < start || upload.offset > start + bytes.length) throw stray(lane, upload);
    barren = upload.offset === before ? barren + 1 : 0;
    if (barren === MAX_BARREN) throw stray(lane, upload);
  }
  return upload;
}

function stray({ target }: Lane, { offset }: Upload): UploadLost {
  return new UploadLost(
    new ReconcileError(
      'PROVIDER_UNAVAILABLE',
      `Cannot push a blob to "${targetKey(target)}": the upload is at byte ${offset}, the end of what was sent was wanted`,
    ),
  );
}
