import type { RequestBudget } from '../model/account.ts';
import { ReconcileError } from '../model/errors.ts';
import { refuseUnaddressable } from './addressable.ts';
import { AttemptFailure, unresolvable } from './attempt-failure.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { type CredentialGate, createCredentialGate } from './credential-gate.ts';
import type { AccountEvent, RequestEvent } from './events.ts';
import { exchange } from './exchange.ts';
import { describeAnswer } from './huawei-error.ts';
import { askLastCheck, Withheld } from './last-check.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { fateOf, type Pace } from './pace.ts';
import { createPools, type Pools } from './pools.ts';
import type { ApiRequest, ApiResponse, HttpClient, Wire } from './request.ts';
import { DEFAULT_RETRIES, parseRetryAfter, type RetryOptions, withRetry } from './retry.ts';
import { createSharedPace, type PaceBoard } from './shared-pace.ts';
import type { SharedBudget } from './shared-tokens.ts';

export type { AccountEvent, RequestEvent } from './events.ts';

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

export interface HttpClientOptions {
  readonly endpoint: string;
  /** Name of the account, for messages. */
  readonly account: string;
  readonly limits: RequestBudget;
  readonly timeoutMs: number;
  readonly caFile: string | null;
  readonly wire: Wire;
  readonly now: () => Date;
  readonly random: () => number;
  /** Names what the request in hand is for, to the cloud; null: nothing to name. */
  readonly requestId?: (() => string | null) | undefined;
  /** Default 16 MiB. */
  readonly maxResponseBytes?: number | undefined;
  readonly retries?: Partial<RetryOptions> | undefined;
  /** The budget shared with other processes; null: this process has the whole of `limits` to itself. */
  readonly reserve?: SharedBudget['reserve'] | null | undefined;
  /** Where processes leave word of the pace of a host; null: this one has the account to itself. */
  readonly paces?: ((host: string) => PaceBoard) | null | undefined;
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
  readonly onEvent?: ((event: AccountEvent) => void) | undefined;
}

interface Connection {
  readonly options: HttpClientOptions;
  readonly retries: RetryOptions;
  readonly pools: Pools;
  readonly limiter: Limiter;
  readonly pace: Pace;
  readonly gate: CredentialGate;
  readonly breaker: Breaker;
  readonly host: string;
  /** Path of the endpoint itself, for clouds that live under one. */
  readonly prefix: readonly string[];
}

/** One send() while it lasts. */
interface Call {
  readonly request: ApiRequest;
  readonly signal: AbortSignal;
  sent: number;
  /** An attempt was made, sent or not. */
  tried: boolean;
  /** A request went out that may have been executed unseen. */
  unsettled: boolean;
}

/** A client for one account; everything that uses its credentials must share it. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const url = new URL(options.endpoint);
  const { limits, paces, reserve, random, onEvent = () => {} } = options;
  const pace = createSharedPace(
    { budget: limits, onChange: (allowed) => onEvent({ ...allowed, type: 'pace' }) },
    paces?.(url.host) ?? null,
  );
  const connection: Connection = {
    options,
    retries: { ...DEFAULT_RETRIES, ...options.retries },
    pools: createPools({
      ...options,
      connections: limits.concurrency,
      maxResponseBytes: options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
    }),
    pace,
    limiter: createLimiter(
      limits,
      reserve ? { reserve, onFallback: () => onEvent({ type: 'budget-silent' }) } : null,
      pace,
    ),
    gate: createCredentialGate(options.now),
    breaker: createBreaker({
      random,
      onChange: ({ open }) => onEvent({ type: 'circuit', open }),
    }),
    host: url.host,
    prefix: url.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent),
  };
  let closing: Promise<void> | null = null;
  return {
    send: (request, signal) => send(connection, request, signal),
    close: async () => {
      closing ??= connection.pools.close();
      await closing;
    },
  };
}

async function send(
  connection: Connection,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  refuseUnaddressable(connection.options.account, request);
  const call: Call = {
    request: { ...request, segments: [...connection.prefix, ...request.segments] },
    signal,
    sent: 0,
    tried: false,
    unsettled: false,
  };
  try {
    const { retries, options } = connection;
    return await withRetry(() => attempt(connection, call), retries, options.random, signal);
  } catch (error) {
    return await giveUp(connection, call, error);
  }
}

async function attempt(connection: Connection, call: Call): Promise<ApiResponse | null> {
  // Even when nothing was executed, time has passed: a write is repeated on what is true now.
  if (call.tried && (await isSettled(call))) return null;
  call.tried = true;
  call.unsettled = false;
  connection.breaker.check();
  try {
    return await connection.gate.pass(() => sendRenewing(connection, call), call.signal);
  } catch (error) {
    const mayHaveRun = error instanceof AttemptFailure && error.mayHaveRun;
    call.unsettled = mayHaveRun && !call.request.idempotent;
    if (call.unsettled && call.request.settled === undefined) throw unresolvable(error);
    // A wait for the next attempt would only keep the queue from cooling the account down.
    if (error instanceof AttemptFailure) connection.breaker.check();
    throw error;
  }
}

async function isSettled({ request, signal }: Call): Promise<boolean> {
  return (await request.settled?.(signal)) ?? false;
}

async function sendRenewing(connection: Connection, call: Call): Promise<ApiResponse> {
  const first = await sendOnce(connection, call);
  if (first !== 'renewed') return first;
  const second = await sendOnce(connection, call);
  if (second !== 'renewed') return second;
  throw signInFailure(connection, call, 'a renewed credential is refused as expired');
}

async function sendOnce(connection: Connection, call: Call): Promise<ApiResponse | 'renewed'> {
  const { gate, breaker } = connection;
  const release = await takeTurn(connection, call);
  try {
    gate.check();
    // Before the breaker, whose one probe must not be a request that stays here.
    askLastCheck(call.request);
    return await breaker.run(async () => await ask(connection, call));
  } catch (error) {
    // Before the slot is given back: whoever takes it must already see the refusal.
    gate.note(error);
    throw error;
  } finally {
    release();
  }
}

async function takeTurn({ options, limiter }: Connection, call: Call): Promise<() => void> {
  const sinceMs = performance.now();
  const release = await limiter.acquire(call.signal);
  options.onEvent?.({ type: 'waited', waitMs: performance.now() - sinceMs });
  return release;
}

async function ask(connection: Connection, call: Call): Promise<ApiResponse | 'renewed'> {
  const { options, host } = connection;
  const context = { host, now: options.now(), signal: call.signal };
  const outgoing = await options.wire.authorize(call.request, context);
  const settle = connection.pace.sent(outgoing);
  try {
    const response = await exchangeObserved(connection, call, outgoing);
    const answer = judge(connection, call, outgoing, response);
    settle({ type: 'answered' });
    return answer;
  } catch (error) {
    settle(fateOf(error));
    throw error;
  }
}

function judge(
  connection: Connection,
  call: Call,
  outgoing: ApiRequest,
  response: ApiResponse,
): ApiResponse | 'renewed' {
  const { wire, now } = connection.options;
  const verdict = wire.classify(response, outgoing);
  const wanted = (): number | null => parseRetryAfter(response.headers['retry-after'], now());
  switch (verdict.type) {
    case 'answer':
      return response;
    case 'throttled':
      throw new AttemptFailure(
        { kind: 'throttled', mayHaveRun: false, retryAfterMs: verdict.retryAfterMs ?? wanted() },
        describeAnswer(response),
      );
    case 'fault':
      throw new AttemptFailure(
        { kind: 'fault', mayHaveRun: true, retryAfterMs: wanted() },
        `${describeAnswer(response)} (${verdict.detail})`,
      );
    case 'expired':
      if (wire.renew(outgoing)) return 'renewed';
      throw signInFailure(connection, call, describeAnswer(response));
    case 'rejected':
      throw signInFailure(connection, call, `${verdict.detail}, ${describeAnswer(response)}`);
  }
}

async function exchangeObserved(
  { options, pools }: Connection,
  call: Call,
  outgoing: ApiRequest,
): Promise<ApiResponse> {
  call.sent += 1;
  const startedMs = options.now().getTime();
  const report = (status: number | null, code: string | null): void =>
    options.onRequest?.({
      operation: outgoing.operation,
      method: outgoing.method,
      status,
      durationMs: options.now().getTime() - startedMs,
      attempt: call.sent,
      code,
    });
  try {
    const { timeoutMs, requestId } = options;
    const caused = { timeoutMs, requestId: requestId?.() ?? null };
    const response = await exchange(pools.poolFor(outgoing), outgoing, caused, call.signal);
    report(response.status, null);
    return { ...response, attempts: call.sent };
  } catch (error) {
    if (error instanceof Withheld) call.sent -= 1;
    else report(null, error instanceof AttemptFailure ? error.message : 'ABORTED');
    throw error;
  }
}

async function giveUp(connection: Connection, call: Call, error: unknown): Promise<null> {
  const { account } = connection.options;
  if (error instanceof Withheld) throw error.cause;
  if (call.signal.aborted) {
    throw new ReconcileError(
      'CANCELLED',
      `Cannot call ${call.request.operation} of account "${account}": the run was cancelled, time to finish was wanted`,
      { cause: error },
    );
  }
  if (!(error instanceof AttemptFailure)) throw describe(connection, call, error);
  if (call.unsettled && (await isSettled(call))) return null;
  throw new ReconcileError(
    error.kind === 'throttled' ? 'PROVIDER_THROTTLED' : 'PROVIDER_UNAVAILABLE',
    `Cannot call ${call.request.operation} of account "${account}" at ${connection.host}: ${error.message} after ${call.sent} requests, an answer was wanted`,
    { cause: error, ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }) },
  );
}

/** Errors from below know the cause but not the call. */
function describe(connection: Connection, call: Call, error: unknown): unknown {
  if (!(error instanceof ReconcileError) || error.message.startsWith('Cannot ')) return error;
  return new ReconcileError(
    error.code,
    `Cannot call ${call.request.operation} of account "${connection.options.account}" at ${connection.host}: ${error.message}`,
    { cause: error, ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }) },
  );
}

function signInFailure(connection: Connection, call: Call, detail: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_AUTH',
    `Cannot sign in to account "${connection.options.account}" at ${connection.host}: ${call.request.operation} was refused with ${detail}, valid credentials were wanted`,
  );
}
