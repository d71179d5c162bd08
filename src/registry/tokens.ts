import { z } from 'zod';
import { createHttpClient, type HttpClientOptions } from '../http/client.ts';
import { encodeQuery } from '../http/encode.ts';
import { describeAnswer } from '../http/huawei-error.ts';
import type { ApiResponse, HttpClient } from '../http/request.ts';
import { createSingleFlight } from '../http/single-flight.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { authorizationOf } from './basic.ts';
import type { Credential, Login } from './login.ts';
import { OPEN_WIRE } from './open-wire.ts';
import { refuseRealm } from './realm.ts';

/** What a token is asked for. */
export interface TokenRequest {
  readonly realm: string;
  readonly service: string | null;
  readonly scopes: readonly string[];
}

/** A token as it was issued. */
export interface Grant {
  readonly key: string;
  readonly token: string;
  readonly renewAtMs: number;
  /** The registry has answered a request with it by something other than 401. */
  proved: boolean;
}

/** The tokens of one account, by realm, service and scope. */
export interface Tokens {
  /** The cached token, or a new one when it is about to expire. Throws PROVIDER_AUTH, PROVIDER_FORBIDDEN, CONFIG_INVALID. */
  read(request: TokenRequest, signal: AbortSignal): Promise<Grant>;
  /** Drops this one; a newer one stays. */
  forget(grant: Grant): void;
  close(): Promise<void>;
}

export interface TokensOptions
  extends Pick<
    HttpClientOptions,
    'account' | 'endpoint' | 'timeoutMs' | 'caFile' | 'now' | 'random' | 'retries' | 'onRequest'
  > {
  readonly tokenRealm: string | null;
  readonly login: Login;
}

/** Least and default life of a token, by the Docker token documents. */
const LEAST_LIFE_S = 60;
/** Renewed early: the clocks differ, and a request may wait for its turn. */
const LIFE_SHARE = 0.75;
/** Each repository needs two or three; a fleet of thousands is walked again and again. */
const MAX_GRANTS = 4_096;
/** A registry has one or two; more would be one that makes names up. */
const MAX_REALMS = 16;

const TokenAnswer = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().nonnegative().optional(),
});

type Fetch = (signal: AbortSignal) => Promise<Grant>;

/** An empty cache. */
export function createTokens(options: TokensOptions): Tokens {
  const grants = new Map<string, Grant>();
  const flights = new Map<string, Fetch>();
  const clients = new Map<string, HttpClient>();
  const clientOf = (origin: string): HttpClient => {
    const known = clients.get(origin);
    if (known !== undefined) return known;
    if (clients.size === MAX_REALMS) throw tooManyRealms(options, origin);
    // A budget of its own: requests of the registry wait for these, and must not take their turns.
    const limits = { requestsPerSecond: 50, burst: 20, concurrency: 8 };
    const client = createHttpClient({ ...options, endpoint: origin, limits, wire: OPEN_WIRE });
    clients.set(origin, client);
    return client;
  };
  const keep = (grant: Grant): void => {
    grants.delete(grant.key);
    grants.set(grant.key, grant);
    const [oldest] = grants.keys();
    if (grants.size > MAX_GRANTS && oldest !== undefined) grants.delete(oldest);
  };
  return {
    async read(request, signal) {
      const key = [request.realm, request.service ?? '', ...request.scopes].join('\n');
      const known = grants.get(key);
      if (known !== undefined && options.now().getTime() < known.renewAtMs) return known;
      const flight =
        flights.get(key) ??
        createSingleFlight(async (flightSignal) => {
          try {
            const grant = await fetchGrant({ options, clientOf, key, request }, flightSignal);
            keep(grant);
            return grant;
          } finally {
            flights.delete(key);
          }
        });
      flights.set(key, flight);
      return await flight(signal);
    },
    forget(grant) {
      if (grants.get(grant.key) === grant) grants.delete(grant.key);
    },
    async close() {
      await Promise.all([...clients.values()].map(async (client) => await client.close()));
    },
  };
}

function tooManyRealms({ account }: TokensOptions, origin: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot sign in to account "${account}": its registry sends for a token to "${new URL(origin).host}" after ${MAX_REALMS} other hosts, one or two were wanted`,
  );
}

interface Fetching {
  readonly options: TokensOptions;
  readonly clientOf: (origin: string) => HttpClient;
  readonly key: string;
  readonly request: TokenRequest;
}

async function fetchGrant(fetching: Fetching, signal: AbortSignal): Promise<Grant> {
  const { options, clientOf, key, request } = fetching;
  const { account, endpoint, tokenRealm, login } = options;
  const withCredential = !login.isAnonymous;
  const refusal = refuseRealm({ realm: request.realm, endpoint, tokenRealm, withCredential });
  if (refusal !== null) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot sign in to account "${account}": the registry asks for a token, but ${refusal}`,
    );
  }
  const credential = await login.read(signal);
  const { origin, pathname, search } = new URL(request.realm);
  const query = encodeQuery([
    ...(request.service === null ? [] : [['service', request.service] as const]),
    ...request.scopes.map((scope) => ['scope', scope] as const),
  ]);
  const startedMs = options.now().getTime();
  const response = await clientOf(origin).send(
    {
      operation: 'GetToken',
      method: 'GET',
      segments: [],
      rawTarget: `${pathname}${search === '' ? '?' : `${search}&`}${query}`,
      headers: credential === null ? {} : authorizationOf(credential),
      idempotent: true,
    },
    signal,
  );
  const { token, lifeS } = readToken(fetching, credential, response);
  return { key, token, renewAtMs: startedMs + lifeS * 1_000 * LIFE_SHARE, proved: false };
}

function readToken(
  fetching: Fetching,
  credential: Credential | null,
  response: ApiResponse | null,
): { readonly token: string; readonly lifeS: number } {
  const { status } = response ?? { status: null };
  if (status === 401 || status === 403) throw refuseLogin(fetching, credential, response);
  const answer = TokenAnswer.safeParse(status === 200 ? parseJson(response?.text ?? '') : null);
  const { token, access_token = token, expires_in = LEAST_LIFE_S } = answer.data ?? {};
  if (access_token !== undefined) {
    return { token: token ?? access_token, lifeS: Math.max(LEAST_LIFE_S, expires_in) };
  }
  throw new ReconcileError('PROVIDER_UNAVAILABLE', tokenMessage(fetching, response));
}

/** Without a credential, or by a 403, it is what was asked for that is refused, not who asked. */
function refuseLogin(
  fetching: Fetching,
  credential: Credential | null,
  response: ApiResponse | null,
): ReconcileError {
  if (credential !== null) fetching.options.login.forget(credential);
  const isLogin = response?.status === 401 && credential !== null;
  const code = isLogin ? 'PROVIDER_AUTH' : 'PROVIDER_FORBIDDEN';
  return new ReconcileError(code, tokenMessage(fetching, response));
}

function tokenMessage({ options, request }: Fetching, response: ApiResponse | null): string {
  const said = response === null ? 'nothing' : describeAnswer(response);
  const what = request.scopes.join(' ') || 'no scope';
  const { host } = new URL(request.realm);
  return `Cannot sign in to account "${options.account}": ${host} answered the request for a token (${what}) with ${said}, a token was wanted`;
}
