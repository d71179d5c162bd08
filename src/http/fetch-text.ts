import { AttemptFailure } from './attempt-failure.ts';
import { createPool, exchange } from './exchange.ts';

export interface FetchOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** A text and when its server says it was made; null: it does not say. */
export interface FetchedText {
  readonly text: string;
  readonly modifiedAt: Date | null;
}

/** Fetches one text; follows no redirect. Throws an Error whose message names a status or a network code, never the URL. */
export async function fetchText(
  { url, timeoutMs, maxBytes }: FetchOptions,
  signal: AbortSignal,
): Promise<FetchedText> {
  const { origin, pathname, search } = new URL(url);
  const pool = createPool({
    endpoint: origin,
    connections: 1,
    timeoutMs,
    caFile: null,
    maxResponseBytes: maxBytes,
  });
  const request = {
    operation: 'FetchText',
    method: 'GET',
    segments: [],
    rawTarget: `${pathname}${search}`,
    idempotent: true,
  } as const;
  try {
    const answer = await exchange(pool, request, { timeoutMs, requestId: null }, signal);
    if (answer.status !== 200) throw new Error(`it answered with status ${answer.status}`);
    const modified = new Date(answer.headers['last-modified'] ?? '');
    return { text: answer.text, modifiedAt: Number.isNaN(modified.getTime()) ? null : modified };
  } catch (error) {
    if (error instanceof AttemptFailure) throw new Error(error.message, { cause: error });
    throw error;
  } finally {
    await pool.destroy();
  }
}
