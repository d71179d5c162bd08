import { z } from 'zod';
import { ReconcileError } from '../model/errors.ts';
import type { Secret } from '../model/secret.ts';
import { classifyStatus } from './classification.ts';
import { createHttpClient, type RequestEvent } from './client.ts';
import { describeAnswer } from './huawei-error.ts';
import type { ApiRequest, ApiResponse, Wire } from './request.ts';
import type { RetryOptions } from './retry.ts';
import { createSingleFlight } from './single-flight.ts';

const MAX_AGE_MS = 20 * 3_600_000;
const MAX_LIFE_SHARE = 0.8;
const COOL_DOWN_MS = 5 * 60_000;

export interface IamTokenOptions {
  /** Name of the account, for messages. */
  readonly account: string;
  /** Base URL of IAM. */
  readonly endpoint: string;
  readonly username: string;
  readonly password: Secret;
  readonly domain: string;
  readonly scope: { readonly projectId: string } | { readonly projectName: string };
  readonly timeoutMs: number;
  readonly caFile: string | null;
  readonly now: () => Date;
  readonly random: () => number;
  readonly retries?: Partial<RetryOptions> | undefined;
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
}

/** The token of one account, shared by all its requests. */
export interface IamToken {
  /** The cached token, or a new one when it is about to expire. Throws PROVIDER_AUTH for a refused login. */
  read(signal: AbortSignal): Promise<string>;
  /** Drops this token; a newer one stays. */
  forget(token: string): void;
}

interface Issued {
  readonly token: string;
  readonly renewAtMs: number;
}

const TokenBody = z.object({
  token: z.object({
    expires_at: z.iso.datetime({ offset: true }),
    issued_at: z.iso.datetime({ offset: true }),
  }),
});

/**
 * Logs in with user name and password: `POST /v3/auth/tokens`. A refused login is remembered for five minutes,
 * for IAM locks a user after repeated wrong passwords.
 */
export function createIamToken(options: IamTokenOptions): IamToken {
  let issued: Issued | null = null;
  let refusal: { readonly error: ReconcileError; readonly untilMs: number } | null = null;

  const signIn = createSingleFlight(async (signal) => {
    try {
      issued = await logIn(options, signal);
      return issued.token;
    } catch (error) {
      if (error instanceof ReconcileError && error.code === 'PROVIDER_AUTH') {
        refusal = { error, untilMs: options.now().getTime() + COOL_DOWN_MS };
      }
      throw error;
    }
  });

  return {
    async read(signal) {
      const nowMs = options.now().getTime();
      if (issued !== null && nowMs < issued.renewAtMs) return issued.token;
      if (refusal !== null && nowMs < refusal.untilMs) {
        throw new ReconcileError('PROVIDER_AUTH', refusal.error.message, {
          cause: refusal.error,
          retryAfterMs: refusal.untilMs - nowMs,
        });
      }
      return await signIn(signal);
    },
    forget(token) {
      if (issued?.token === token) issued = null;
    },
  };
}

const ANONYMOUS: Wire = {
  authorize: async (request) => request,
  classify: classifyStatus,
  renew: () => false,
};

// A login happens about once a day: a pool of its own would only idle, so it lives as long as the login.
async function logIn(options: IamTokenOptions, signal: AbortSignal): Promise<Issued> {
  const client = createHttpClient({
    ...options,
    limits: { requestsPerSecond: 10, burst: 1, concurrency: 1 },
    wire: ANONYMOUS,
  });
  try {
    const response = await client.send(loginRequest(options), signal);
    return readIssued(options, response);
  } finally {
    await client.close();
  }
}

function loginRequest({ username, password, domain, scope }: IamTokenOptions): ApiRequest {
  const user = { name: username, password: password.reveal(), domain: { name: domain } };
  const project = 'projectId' in scope ? { id: scope.projectId } : { name: scope.projectName };
  return {
    operation: 'KeystoneCreateUserTokenByPassword',
    method: 'POST',
    segments: ['v3', 'auth', 'tokens'],
    query: [['nocatalog', 'true']],
    headers: { 'Content-Type': 'application/json;charset=utf8' },
    body: JSON.stringify({
      auth: { identity: { methods: ['password'], password: { user } }, scope: { project } },
    }),
    idempotent: true,
  };
}

function readIssued(options: IamTokenOptions, response: ApiResponse | null): Issued {
  const token = response?.headers['x-subject-token'] ?? '';
  if (response?.status !== 201 || token === '') {
    throw new ReconcileError(
      response?.status === 201 ? 'PROVIDER_UNAVAILABLE' : 'PROVIDER_AUTH',
      `Cannot sign in to account "${options.account}": IAM answered the login with ${response === null ? 'nothing' : describeAnswer(response)}, a token was wanted`,
    );
  }
  return { token, renewAtMs: options.now().getTime() + readRenewAfterMs(response.text) };
}

/** Measured between IAM's own two times, so that a wrong clock here does no harm. */
function readRenewAfterMs(text: string): number {
  try {
    const { token } = TokenBody.parse(JSON.parse(text));
    const lifeMs = Date.parse(token.expires_at) - Date.parse(token.issued_at);
    return Math.min(MAX_AGE_MS, lifeMs * MAX_LIFE_SHARE);
  } catch {
    // The token itself came in a header; without its times it is used as the documents say it lives.
    return MAX_AGE_MS;
  }
}
