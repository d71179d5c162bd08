import type { FastifyRequest } from 'fastify';
import type { Hook } from '../../config/hooks.ts';
import type { Head, Receiver } from './hook.ts';
import type { Gate } from './rate.ts';
import { sourceOf } from './source.ts';

/** Bytes of a body, however it is transferred. */
export const MAX_BODY_BYTES = 1_048_576;
/** What is left of a refused body is read and dropped up to here, so that the sender sees the answer. */
const SMALL_BYTES = 65_536;
const CHARSET = /^charset="?utf-8"?$/i;

/** Why a delivery was not taken, or how it was. */
export type Result =
  | 'accepted'
  | 'duplicate'
  | 'ignored'
  | 'bad_signature'
  | 'malformed'
  | 'too_large'
  | 'unsupported'
  | 'insecure'
  | 'rate_limited'
  | 'unavailable'
  | 'not_found';

export interface Refusal {
  readonly result: Result;
  readonly status: number;
  readonly retryAfterS: number | null;
}

/** A refusal that a repeat does not change. */
export function refuse(result: Result, status: number): Refusal {
  return { result, status, retryAfterS: null };
}

/** Reads what is needed of a request without its body. */
export function readHead({ raw, url }: FastifyRequest): Head {
  const { headersDistinct } = raw;
  return {
    header(name) {
      const values = headersDistinct[name] ?? [];
      return values.length === 1 ? (values[0] ?? null) : null;
    },
    // Not as a URL: one that is none would throw, before the request has cost its sender anything.
    tokens: new URLSearchParams(url.replace(/^[^?]*\??/, '')).getAll('token'),
  };
}

export interface Judged {
  readonly hook: Hook;
  readonly receiver: Receiver;
  readonly gate: Gate;
  readonly requireHttps: boolean;
}

/** What comes of a request before a byte of its body is read. */
export interface Judgment {
  /** Null: go on and verify. */
  readonly refusal: Refusal | null;
  /** The answer when it does not verify. */
  readonly ifWrong: Refusal;
}

/**
 * Refuses what its head alone condemns, and what is beyond the limit of its source. But whoever proved right lately may
 * share an address with whoever does not, as behind a proxy: a delivery that costs as little to verify as to refuse is
 * verified first, and only what is wrong is limited.
 */
export function judgeHead(judged: Judged, request: FastifyRequest): Judgment {
  const { hook, gate } = judged;
  const source = sourceOf(request.ip);
  const refusal = refuseHead(judged, request);
  const waitS = gate.admit(source, refusal === null);
  if (waitS === null) return { refusal, ifWrong: refuse('bad_signature', 401) };
  const limited: Refusal = { result: 'rate_limited', status: 429, retryAfterS: waitS };
  const isCheap = refusal === null && hook.secrets.length > 0 && !isLong(request);
  return { refusal: isCheap && gate.isFriend(source) ? null : limited, ifWrong: limited };
}

function refuseHead(
  { hook, receiver, requireHttps }: Judged,
  request: FastifyRequest,
): Refusal | null {
  const head = readHead(request);
  if (requireHttps && request.protocol !== 'https') return refuse('insecure', 403);
  if (request.headers['content-encoding'] !== undefined) return refuse('unsupported', 415);
  if (!isAllowed(head.header('content-type'), receiver)) return refuse('unsupported', 415);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    return refuse('too_large', 413);
  }
  const isOpen = hook.secrets.length === 0;
  return isOpen || receiver.credential.isPresent(head) ? null : refuse('bad_signature', 401);
}

function isAllowed(contentType: string | null, { contentTypes }: Receiver): boolean {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  if (!contentTypes.includes(type.toLowerCase())) return false;
  return parameters.every((parameter) => CHARSET.test(parameter));
}

/** True when too much of the body may follow to read and drop it. */
export function isLong({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > SMALL_BYTES;
}
