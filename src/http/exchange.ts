import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { Client, type Dispatcher, Pool } from 'undici';
import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { encodePath, encodeQuery } from './encode.ts';
import { codeOfFailure } from './failure-code.ts';
import { Withheld, withLastCheck } from './last-check.ts';
import { flattenHeaders, type Received, Reception, textOf } from './receive.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { readStream } from './stream.ts';

const MAX_CONNECT_MS = 10_000;

export interface PoolOptions {
  readonly endpoint: string;
  /** Null: as many as there are requests. */
  readonly connections: number | null;
  readonly timeoutMs: number;
  readonly caFile: string | null;
  /** Null: any. */
  readonly maxResponseBytes: number | null;
}

/** How one request goes out, apart from what it says. */
export interface Caused {
  readonly timeoutMs: number;
  /** Names what caused it, in characters a header may hold; null: nothing to name. */
  readonly requestId: string | null;
}

/**
 * A request that cannot be sent as it is leaves nothing behind that would ever drain: its pool would take the connection for
 * full, and have it no more.
 */
class SoundClient extends Client {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    return super.dispatch(options, handler) || this.stats.size === 0;
  }
}

/** A keep-alive pool for one host. Throws CONFIG_INVALID when the CA file cannot be read. */
export function createPool(options: PoolOptions): Pool {
  return new Pool(new URL(options.endpoint).origin, {
    connections: options.connections,
    factory: (origin, settings) => new SoundClient(origin, settings),
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: options.maxResponseBytes ?? -1,
    connect: {
      timeout: Math.min(options.timeoutMs, MAX_CONNECT_MS),
      ...(options.caFile === null ? {} : { ca: readCertificates(options.caFile) }),
    },
  });
}

function readCertificates(caFile: string): string[] {
  try {
    // Naming authorities replaces the built-in ones, so those are named as well.
    return [...getCACertificates('default'), readFileSync(caFile, 'utf8')];
  } catch (cause) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot read tls.caFile "${caFile}": it is missing or unreadable, a PEM file was wanted`,
      { cause },
    );
  }
}

/**
 * Sends exactly the request given and reads the whole answer within the time allowed; follows no redirect. Throws Withheld
 * when its last check kept it back.
 */
export async function exchange(
  pool: Dispatcher,
  request: ApiRequest,
  { timeoutMs, requestId }: Caused,
  signal: AbortSignal,
): Promise<Omit<ApiResponse, 'attempts'>> {
  const outgoing = {
    method: request.method,
    path: request.rawTarget ?? targetOf(request),
    headers: headersOf(request, requestId),
    body: request.bytes ?? request.body ?? null,
  };
  const dispatcher = withLastCheck(pool, request);
  const running = request.wantsStream === true ? new AbortController() : new Reception();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    running.abort(new Error('no answer in time'));
  }, timeoutMs);
  const cancel = (): void => running.abort(new Error('cancelled'));
  signal.addEventListener('abort', cancel);
  try {
    signal.throwIfAborted();
    if (running instanceof AbortController) {
      return await openStream({ dispatcher, outgoing, deadline: running }, request, signal);
    }
    dispatcher.dispatch(outgoing, running);
    return answerOf(await running.received, request);
  } catch (error) {
    signal.throwIfAborted();
    throw translate(error, isLate);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

function answerOf({ status, headers, body }: Received, { wantsBytes }: ApiRequest) {
  // A refusal is read as text even then: it is described by the code in it.
  if (wantsBytes !== true || status >= 300) return { status, headers, text: textOf(body) };
  return { status, headers, text: '', bytes: new Uint8Array(body) };
}

interface Opening {
  readonly dispatcher: Dispatcher;
  readonly outgoing: Dispatcher.DispatchOptions;
  readonly deadline: AbortController;
}

/** The head of the answer is wanted in time; its body is read when this is over. */
async function openStream(
  { dispatcher, outgoing, deadline }: Opening,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<Omit<ApiResponse, 'attempts'>> {
  const { statusCode, headers, body } = await dispatcher.request({
    ...outgoing,
    signal: AbortSignal.any([signal, deadline.signal]),
  });
  const answer = { status: statusCode, headers: flattenHeaders(headers) };
  if (statusCode >= 300) return { ...answer, text: await body.text() };
  return { ...answer, text: '', stream: readStream(body, request, signal) };
}

function targetOf({ segments, query }: ApiRequest): string {
  const path = encodePath(segments);
  return query === undefined || query.length === 0 ? path : `${path}?${encodeQuery(query)}`;
}

/** Lets whoever runs the cloud find what a delivery or sweep of ours caused. */
function headersOf({ headers }: ApiRequest, requestId: string | null): Record<string, string> {
  if (requestId === null) return { 'User-Agent': 'tagwarden', ...headers };
  return { 'User-Agent': `tagwarden (${requestId})`, 'X-Request-Id': requestId, ...headers };
}

/** Nothing reached the server, so the call cannot have been executed. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const TOO_LARGE = 'UND_ERR_RES_EXCEEDED_MAX_SIZE';

/** True for the error of an answer that was cut at the size limit; asking for less may help. */
export function isTooLarge(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return codeOfFailure(error) === TOO_LARGE || isTooLarge(error.cause);
}

/** What will not go better next time. */
const FINAL = {
  [TOO_LARGE]: [
    'LISTING_INCOMPLETE',
    'the answer is too large, at most maxResponseBytes were wanted',
  ],
  UND_ERR_INVALID_ARG: [
    'PROVIDER_REJECTED',
    'a header or the path holds a character that HTTP does not allow, plain text was wanted',
  ],
  UND_ERR_CLOSED: ['CANCELLED', 'the client is closed, an open one was wanted'],
  UND_ERR_DESTROYED: ['CANCELLED', 'the client is closed, an open one was wanted'],
} as const satisfies Readonly<Record<string, readonly [ErrorCode, string]>>;

function translate(error: unknown, timedOut: boolean): Error {
  if (error instanceof Withheld) return error;
  const code = timedOut ? 'TIMEOUT' : codeOfFailure(error);
  if (isFinal(code)) {
    const [errorCode, message] = FINAL[code];
    return new ReconcileError(errorCode, message, { cause: error });
  }
  if (isCertificateCode(code)) {
    return new ReconcileError(
      'PROVIDER_UNAVAILABLE',
      `its certificate is not trusted (${code}), tls.caFile names further authorities`,
      { cause: error },
    );
  }
  return new AttemptFailure(
    { kind: 'fault', mayHaveRun: !NOT_SENT.has(code), retryAfterMs: null },
    code,
    { cause: error },
  );
}

function isFinal(code: string): code is keyof typeof FINAL {
  return Object.hasOwn(FINAL, code);
}

function isCertificateCode(code: string): boolean {
  return /CERT|SIGNATURE|ERR_TLS|ISSUER/.test(code);
}
