import { readFile, stat } from 'node:fs/promises';
import { type FetchedText, fetchText } from '../http/fetch-text.ts';
import type { InUse, InUsePlace } from '../model/in-use.ts';
import { parseDigests } from './digest-list.ts';

/** A list is taken as it was for so long, so that passes side by side share one reading. */
const FRESH_MS = 30_000;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** Whether the list ever held anything is noted again after this. */
const NOTED_MS = 24 * 3_600_000;

/** Knows whether the list ever held anything: one that is empty then lost its source, and not all that runs. */
export interface InUseMemory {
  wasFilled(): Promise<boolean>;
  noteFilled(): Promise<void>;
}

export interface InUseOptions {
  readonly place: InUsePlace;
  /** Null: nobody remembers, so an empty list is not believed. */
  readonly memory: InUseMemory | null;
  readonly now: () => Date;
}

/** Reads what is in use; never rejects but for the signal: what goes wrong is told as unknown, and then nothing may be deleted. */
export type InUseReader = (signal: AbortSignal) => Promise<InUse>;

/** A reader of one list, shared by all passes of this process. */
export function createInUseReader(options: InUseOptions): InUseReader {
  const { now } = options;
  const read = createReading(options);
  let last: { readonly at: number; readonly answer: Promise<InUse> } | null = null;
  return async (signal) => {
    const at = now().getTime();
    if (last === null || Math.abs(at - last.at) >= FRESH_MS) {
      // Not by the caller's signal: others wait for the same answer.
      last = { at, answer: read() };
    }
    const answer = await last.answer;
    signal.throwIfAborted();
    return answer;
  };
}

function createReading({ place, memory, now }: InUseOptions): () => Promise<InUse> {
  let notedAt = Number.NEGATIVE_INFINITY;
  const believe = async (digests: ReadonlySet<string>): Promise<InUse> => {
    if (digests.size === 0) {
      const isMeant = memory !== null && !(await memory.wasFilled());
      return isMeant ? { status: 'known', digests } : unknown('the list is empty');
    }
    if (memory !== null && now().getTime() - notedAt >= NOTED_MS) {
      await memory.noteFilled();
      notedAt = now().getTime();
    }
    return { status: 'known', digests };
  };
  return async () => {
    try {
      const { text, modifiedAt } = await fetchList(place);
      const ageMs = modifiedAt === null ? 0 : now().getTime() - modifiedAt.getTime();
      if (ageMs > place.maxAgeMs) {
        return unknown(`the list is of ${modifiedAt?.toISOString()}, older than maxAge allows`);
      }
      return await believe(parseDigests(text));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return unknown(`the list cannot be read: ${reason}`);
    }
  };
}

async function fetchList(place: InUsePlace): Promise<FetchedText> {
  if (place.type === 'url') {
    const { url } = place;
    const options = { url, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
    return await fetchText(options, new AbortController().signal);
  }
  const { mtime, size } = await stat(place.path);
  if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, at most ${MAX_BYTES} were expected`);
  return { text: await readFile(place.path, 'utf8'), modifiedAt: mtime };
}

function unknown(reason: string): InUse {
  return { status: 'unknown', reason };
}
