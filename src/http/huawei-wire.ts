import type { HuaweiAuth } from '../model/account.ts';
import { classifyStatus } from './classification.ts';
import type { RequestEvent } from './client.ts';
import { parseApiError } from './huawei-error.ts';
import { createIamToken, type IamToken } from './iam-token.ts';
import type { ApiRequest, ApiResponse, Classification, Wire } from './request.ts';
import type { RetryOptions } from './retry.ts';
import { signHuawei } from './sign-huawei.ts';

const MAX_SKEW_MS = 15 * 60_000;
const NO_QUERY: NonNullable<ApiRequest['query']> = [];

/** The part of a Huawei account that signing needs. */
export interface HuaweiWireAccount {
  readonly name: string;
  readonly region: string;
  /** Null: not sent; password logins are then scoped by the region's name. */
  readonly projectId: string | null;
  readonly auth: HuaweiAuth;
  readonly timeoutMs: number;
  readonly caFile: string | null;
}

export interface HuaweiWireOptions {
  readonly account: HuaweiWireAccount;
  readonly now: () => Date;
  readonly random: () => number;
  /** Error codes that mean "too many requests", whatever the status. */
  readonly throttleCodes?: readonly string[] | undefined;
  /** Error codes that mean "busy, not executed, ask again", whatever the status. */
  readonly busyCodes?: readonly string[] | undefined;
  /** For the login only, as are the events. */
  readonly retries?: Partial<RetryOptions> | undefined;
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
}

/** Puts a credential on a request. */
interface Credential {
  /** Adds to `headers`, which go out with the request: at once when it returns null. */
  readonly sign: (
    request: ApiRequest,
    headers: Record<string, string>,
    context: SigningContext,
  ) => Promise<void> | null;
  /** How a 401 is to be taken. */
  readonly refused: (response: ApiResponse) => Classification;
  readonly renew: (refused: ApiRequest) => boolean;
}

interface SigningContext {
  readonly host: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Number of a gateway code, `APIGW.0308` or `APIG.0308`; null: not the gateway's. */
export function gatewayNumber(code: string): string | null {
  return /^APIG(?:W)?\.(\d{4})$/.exec(code)?.[1] ?? null;
}

/** Authorization and failure reading shared by IMS and SWR: access key, password login or ready token. */
export function createHuaweiWire(options: HuaweiWireOptions): Wire {
  const credential = createCredential(options);
  const throttled = new Set([...(options.throttleCodes ?? []), ...(options.busyCodes ?? [])]);

  return {
    authorize(request, context) {
      const headers = { 'Content-Type': 'application/json', ...request.headers };
      const outgoing = { ...request, headers };
      const signing = credential.sign(request, headers, context);
      return signing === null ? outgoing : signing.then(() => outgoing);
    },
    classify(response) {
      if (response.status === 401) return credential.refused(response);
      const code = response.status < 400 ? null : (parseApiError(response.text)?.code ?? null);
      if (code !== null && (throttled.has(code) || gatewayNumber(code) === '0308')) {
        return { type: 'throttled', retryAfterMs: null };
      }
      return classifyStatus(response);
    },
    renew: (refused) => credential.renew(refused),
  };
}

function createCredential(options: HuaweiWireOptions): Credential {
  const { auth } = options.account;
  switch (auth.type) {
    case 'access-key':
      return createKeyCredential(options, auth);
    case 'password':
      return createLoginCredential(createToken(options, auth));
    case 'token':
      return {
        sign: (_request, headers) => {
          headers['X-Auth-Token'] = auth.token.reveal();
          return null;
        },
        refused: () => ({ type: 'rejected', detail: 'a token that is not or no longer valid' }),
        renew: () => false,
      };
  }
}

function createKeyCredential(
  { account: { projectId }, now: clock }: HuaweiWireOptions,
  auth: Extract<HuaweiAuth, { type: 'access-key' }>,
): Credential {
  return {
    sign: ({ method, segments, query = NO_QUERY, body = null }, headers, { host, now }) => {
      if (projectId !== null) headers['X-Project-Id'] = projectId;
      if (auth.securityToken !== null) headers['X-Security-Token'] = auth.securityToken.reveal();
      const keys = { accessKey: auth.accessKey.reveal(), secretKey: auth.secretKey.reveal() };
      const signable = { method, host, segments, query, headers, body };
      Object.assign(headers, signHuawei(signable, keys, now));
      return null;
    },
    refused: (response) => {
      const code = parseApiError(response.text)?.code ?? '';
      // SWR answers 401 for one cross-account resource; that says nothing about the key.
      if (code.startsWith('SVCSTG.') && !isExpiredCode(code)) return { type: 'answer' };
      const detail = `an access key or signature that is not valid${describeSkew(response, clock())}`;
      return { type: 'rejected', detail };
    },
    renew: () => false,
  };
}

/** A wrong clock is the one cause that cannot be seen in the configuration; signatures hold for 15 minutes. */
function describeSkew({ headers }: ApiResponse, now: Date): string {
  const skewMs = Math.abs(Date.parse(headers['date'] ?? '') - now.getTime());
  if (!(skewMs > MAX_SKEW_MS)) return '';
  return ` (the clock here differs by ${Math.round(skewMs / 60_000)} minutes)`;
}

function isExpiredCode(code: string): boolean {
  return code === 'SVCSTG.SWR.4010000' || gatewayNumber(code) === '0307';
}

function createLoginCredential(token: IamToken): Credential {
  return {
    sign: async (_request, headers, { signal }) => {
      headers['X-Auth-Token'] = await token.read(signal);
    },
    refused: () => ({ type: 'expired' }),
    renew: (refused) => {
      token.forget(refused.headers?.['X-Auth-Token'] ?? '');
      return true;
    },
  };
}

function createToken(
  { account, now, random, retries, onRequest }: HuaweiWireOptions,
  auth: Extract<HuaweiAuth, { type: 'password' }>,
): IamToken {
  return createIamToken({
    account: account.name,
    endpoint: auth.iamEndpoint ?? `https://iam.${account.region}.${domainOf(account.region)}`,
    username: auth.username,
    password: auth.password,
    domain: auth.domain,
    scope:
      account.projectId === null
        ? { projectName: account.region }
        : { projectId: account.projectId },
    timeoutMs: account.timeoutMs,
    caFile: account.caFile,
    now,
    random,
    retries,
    onRequest,
  });
}

function domainOf(region: string): string {
  return region === 'eu-west-101' ? 'myhuaweicloud.eu' : 'myhuaweicloud.com';
}
