import type { RequestBudget } from '../model/account.ts';
import { refuseUnaddressable } from './addressable.ts';
import { AttemptFailure, unresolvable } from './attempt-failure.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { type Callee, cancelled, describeCall, signInFailure, unanswered } from './call-errors.ts';
import { type CredentialGate, createCredentialGate } from './credential-gate.ts';
import type { AccountEvent, RequestEvent } from './events.ts';
import { exchange } from './exchange.ts';
import { describeAnswer } from './huawei-error.ts';
import { askLastCheck, Withheld } from './last-check.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { fateOf, type Pace } from './pace.ts';
import { createPools, type Pools } from './pools.ts';
import type { ApiRequest, ApiResponse, HttpClient, Wire } from './request.ts';
import { DEFAULT_RETRIES, parseRetryAfter, type RetryOptions, retryAfter } from './retry.ts';
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
  const placed = placeRequest(connection.prefix, request);
  const call: Call = { request: placed, signal, sent: 0, tried: false, unsettled: false };
  try {
    signal.throwIfAborted();
    return await attempt(connection, call);
  } catch (error) {
    return await sendAgain(connection, call, error);
  }
}

function placeRequest(prefix: readonly string[], request: ApiRequest): ApiRequest {
  if (prefix.length === 0) return request;
  return { ...request, segments: [...prefix, ...request.segments] };
}

async function sendAgain(
  connection: Connection,
  call: Call,
  failure: unknown,
): Promise<ApiResponse | null> {
  const {
    retries: options,
    options: { random },
  } = connection;
  const retrying = { options, random, signal: call.signal };
  try {
    return await retryAfter(failure, () => attempt(connection, call), retrying);
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
  const { options, limiter, gate, breaker } = connection;
  // Twice at most: a credential is renewed once.
  for (let requests = 0; requests < 2; requests += 1) {
    const sinceMs = performance.now();
    const release = await limiter.acquire(call.signal);
    options.onEvent?.({ type: 'waited', waitMs: performance.now() - sinceMs });
    try {
      gate.check();
      // Before the breaker, whose one probe must not be a request that stays here.
      askLastCheck(call.request);
      const answer = await breaker.run(() => ask(connection, call));
      if (answer !== 'renewed') return answer;
    } catch (error) {
      // Before the slot is given back: whoever takes it must already see the refusal.
      gate.note(error);
      throw error;
    } finally {
      release();
    }
  }
  throw signInFailure(calleeOf(connection, call), 'a renewed credential is refused as expired');
}

async function ask(connection: Connection, call: Call): Promise<ApiResponse | 'renewed'> {
  const { options, host } = connection;
  const context = { host, now: options.now(), signal: call.signal };
  const authorized = options.wire.authorize(call.request, context);
  // Most signatures wait for nothing.
  const outgoing = authorized instanceof Promise ? await authorized : authorized;
  const settle = connection.pace.sent(outgoing);
  call.sent += 1;
  const startedMs = options.now().getTime();
  let status: number | null = null;
  try {
    const received = await exchangeCaused(connection, call, outgoing);
    ({ status } = received);
    report(connection, call, outgoing, { startedMs, status, code: null });
    const answer = judge(connection, call, outgoing, { ...received, attempts: call.sent });
    settle({ type: 'answered' });
    return answer;
  } catch (error) {
    // An answer was told as such, whatever it is taken for.
    if (error instanceof Withheld) call.sent -= 1;
    else if (status === null) {
      const code = error instanceof AttemptFailure ? error.message : 'ABORTED';
      report(connection, call, outgoing, { startedMs, status, code });
    }
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
      throw signInFailure(calleeOf(connection, call), describeAnswer(response));
    case 'rejected':
      throw signInFailure(
        calleeOf(connection, call),
        `${verdict.detail}, ${describeAnswer(response)}`,
      );
  }
}

function exchangeCaused(
  { options, pools }: Connection,
  { signal }: Call,
  outgoing: ApiRequest,
): Promise<Omit<ApiResponse, 'attempts'>> {
  const { timeoutMs, requestId } = options;
  const caused = { timeoutMs, requestId: requestId?.() ?? null };
  return exchange(pools.poolFor(outgoing), outgoing, caused, signal);
}

/** What became of one request, and when it was sent. */
interface Outcome extends Pick<RequestEvent, 'status' | 'code'> {
  readonly startedMs: number;
}

function report(
  { options }: Connection,
  { sent }: Call,
  { operation, method }: ApiRequest,
  { startedMs, status, code }: Outcome,
): void {
  const durationMs = options.now().getTime() - startedMs;
  options.onRequest?.({ operation, method, status, durationMs, attempt: sent, code });
}

function calleeOf({ options, host }: Connection, { request }: Call): Callee {
  return { account: options.account, host, operation: request.operation };
}

async function giveUp(connection: Connection, call: Call, error: unknown): Promise<null> {
  if (error instanceof Withheld) throw error.cause;
  if (call.signal.aborted) throw cancelled(calleeOf(connection, call), error);
  if (!(error instanceof AttemptFailure)) throw describeCall(calleeOf(connection, call), error);
  if (call.unsettled && (await isSettled(call))) return null;
  throw unanswered(calleeOf(connection, call), error, call.sent);
}
