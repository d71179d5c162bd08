import {
  type Authentication,
  type Incoming,
  type Refusal,
  type Reply,
  readHeader,
} from './exchange.ts';
import {
  type HuaweiAuthorization,
  parseHuaweiAuthorization,
  parseSdkDate,
  verifyHuaweiSignature,
} from './huawei-signature.ts';
import type { HuaweiCredential } from './seed.ts';
import type { TokenStore } from './token-store.ts';

const MAX_SKEW_MS = 15 * 60_000;
const MAX_FAILURES = 5;
const LOCK_MS = 5 * 60_000;
const PREFIX = 'Incorrect IAM authentication information:';

/** Checks callers of every Huawei service: one token store and one lock table for all of them. */
export interface HuaweiGate {
  readonly authenticate: (
    incoming: Incoming,
    refuse: (refusal: Refusal) => Reply,
  ) => Authentication;
}

export interface HuaweiGateOptions {
  /** Read at each request: temporary keys are added while running. */
  readonly credentials: readonly HuaweiCredential[];
  readonly tokens: TokenStore;
  readonly now: () => number;
}

interface AccessKeyState {
  failures: number;
  lockedUntilMs: number;
}

type Check = { readonly credential: HuaweiCredential } | { readonly failure: string };

/** A gate with no failures counted. */
export function createHuaweiGate({ credentials, tokens, now }: HuaweiGateOptions): HuaweiGate {
  const states = new Map<string, AccessKeyState>();

  return {
    authenticate: (incoming, refuse) => {
      const refused = (refusal: Refusal): Authentication => ({
        type: 'refused',
        reply: refuse(refusal),
      });
      const tokenValue = readHeader(incoming, 'x-auth-token');
      if (tokenValue !== null) {
        const token = tokens.find(tokenValue);
        if (token === null) return refused(unauthorized('decrypt token fail'));
        if (token.expiresAtMs <= now()) return refused(TOKEN_EXPIRED);
        return { type: 'caller', caller: { projectId: token.projectId } };
      }
      const authorization = parseHuaweiAuthorization(readHeader(incoming, 'authorization') ?? '');
      if (authorization === null)
        return refused(unauthorized('auth header is missing or malformed'));
      const check = checkAccessKey({ incoming, authorization, credentials, states, nowMs: now() });
      if ('failure' in check) return refused(unauthorized(check.failure));
      return { type: 'caller', caller: { projectId: check.credential.projectId } };
    },
  };
}

/** Refusal of an expired token as the gateway words it. */
export const TOKEN_EXPIRED: Refusal = {
  status: 401,
  code: 'APIGW.0307',
  message: 'The token must be updated',
};

function unauthorized(reason: string): Refusal {
  return { status: 401, code: 'APIGW.0301', message: `${PREFIX} ${reason}` };
}

interface AccessKeyCheck {
  readonly incoming: Incoming;
  readonly authorization: HuaweiAuthorization;
  readonly credentials: readonly HuaweiCredential[];
  readonly states: Map<string, AccessKeyState>;
  readonly nowMs: number;
}

function checkAccessKey(check: AccessKeyCheck): Check {
  const { authorization, credentials, states, nowMs } = check;
  const { accessKey } = authorization;
  const credential = credentials.find((candidate) => candidate.accessKey === accessKey);
  if (credential === undefined) {
    return { failure: `Get secretKey failed,ak:${accessKey},err:ak not exist` };
  }
  const state = states.get(accessKey) ?? { failures: 0, lockedUntilMs: 0 };
  states.set(accessKey, state);
  if (state.lockedUntilMs > nowMs)
    return { failure: 'AK access failed to reach the limit,forbidden' };

  const failure = findFailure(check, credential);
  if (failure === null) {
    state.failures = 0;
    return { credential };
  }
  state.failures += 1;
  if (state.failures > MAX_FAILURES) {
    state.failures = 0;
    state.lockedUntilMs = nowMs + LOCK_MS;
  }
  return { failure };
}

function findFailure(
  { incoming, authorization, nowMs }: AccessKeyCheck,
  credential: HuaweiCredential,
): string | null {
  const dateMs = parseSdkDate(readHeader(incoming, 'x-sdk-date') ?? '');
  if (dateMs === null) return 'x-sdk-date is missing or malformed';
  if (Math.abs(nowMs - dateMs) > MAX_SKEW_MS) return 'signature expired';
  const { securityToken, expiresAtMs } = credential;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return 'security token expired';
  if (securityToken !== undefined && readHeader(incoming, 'x-security-token') !== securityToken) {
    return 'verify security token fail';
  }
  return verifyHuaweiSignature(incoming, authorization, credential.secretKey)
    ? null
    : 'verify aksk signature fail';
}
