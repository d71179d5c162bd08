import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { ProblemBody, problemType } from '../api/problem.ts';
import { API_PREFIX } from '../api/requests.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import type { Secret } from '../model/secret.ts';

export interface ClientOptions {
  /** Where the service answers, with or without the API's own path. */
  readonly url: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

export interface ClientRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the API's path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | null>>;
  readonly body?: object;
}

/** One service, asked with one token. */
export interface Client {
  /**
   * The answer as its schema reads it; null when there is no such thing. Throws SERVER_UNREACHABLE, SERVER_REFUSED,
   * CANCELLED, and what the service says it failed of.
   */
  ask<T>(request: ClientRequest, schema: z.ZodType<T>): Promise<T | null>;
  /** The same where no answer is expected; false when there was no such thing. */
  tell(request: ClientRequest): Promise<boolean>;
}

/** More than the longest answer of the service takes. */
const TIMEOUT_MS = 35_000;
/** How often a service that asks for patience gets it. */
const MOST_WAITS = 10;
const LONGEST_WAIT_S = 30;

export function createClient({ url, token, signal }: ClientOptions): Client {
  const shown = url.replace(/\/+$/, '').replace(new RegExp(`${API_PREFIX}$`), '');
  const send = async (request: ClientRequest): Promise<Response> =>
    await fetch(addressOf(shown, request), {
      method: request.method,
      // The token must not follow a redirect.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: `Bearer ${token.reveal()}`,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
  const exchange = async (request: ClientRequest): Promise<Answer> => {
    for (let waits = 0; ; waits += 1) {
      const answer = await attempt(shown, signal, async () => {
        const response = await send(request);
        return { status: response.status, headers: response.headers, text: await response.text() };
      });
      if (answer.status !== 429 || waits === MOST_WAITS) return answer;
      await attempt(shown, signal, async () => {
        await sleep(1_000 * waitOf(answer), null, { signal });
      });
    }
  };
  const read = async (request: ClientRequest): Promise<Answer | null> => {
    const answer = await exchange(request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const problem = ProblemBody.safeParse(parseJson(answer.text)).data ?? null;
    if (problem?.type === problemType('not-found') && problem.code === undefined) return null;
    throw failureOf(shown, answer.status, problem);
  };
  return {
    async ask(request, schema) {
      const answer = await read(request);
      if (answer === null) return null;
      const parsed = schema.safeParse(parseJson(answer.text));
      if (parsed.success) return parsed.data;
      throw refused(shown, 'its answer is not one of the API, wanted a tagwarden of this release');
    },
    tell: async (request) => (await read(request)) !== null,
  };
}

/** A proxy may send a date, which is not worth reading. */
function waitOf({ headers }: Answer): number {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text), LONGEST_WAIT_S) : 1;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

function addressOf(url: string, { path, query = {} }: ClientRequest): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) given.set(name, String(value));
  }
  const search = given.toString();
  return `${url}${API_PREFIX}${path}${search === '' ? '' : `?${search}`}`;
}

async function attempt<T>(url: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (signal.aborted) {
      const message = `Cannot ask server "${url}": interrupted, wanted no signal`;
      throw new ReconcileError('CANCELLED', message, { cause });
    }
    const message = `Cannot reach server "${url}": ${reasonOf(cause)}, wanted a tagwarden process with role api there`;
    throw new ReconcileError('SERVER_UNREACHABLE', message, { cause });
  }
}

/** fetch() tells what went wrong one or two causes deep. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1_000} s`;
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function failureOf(url: string, status: number, problem: ProblemBody | null): ReconcileError {
  if (problem === null) {
    const what = status >= 300 && status < 400 ? 'it points elsewhere' : `it answers ${status}`;
    return refused(url, `${what}, wanted the URL of a tagwarden process with role api`);
  }
  const { code = 'INTERNAL', detail, request_id: requestId } = problem;
  // Its own words, as if the command had met the fault itself.
  if (code !== 'INTERNAL') return new ReconcileError(code, detail);
  if (status === 401) {
    return refused(url, 'it does not take the token, wanted the one of its server.adminToken');
  }
  const message = `${detail} (request ${requestId})`;
  if (status !== 503) return refused(url, message);
  return new ReconcileError('SERVER_UNREACHABLE', `Cannot ask server "${url}": ${message}`);
}

function refused(url: string, why: string): ReconcileError {
  return new ReconcileError('SERVER_REFUSED', `Cannot ask server "${url}": ${why}`);
}
