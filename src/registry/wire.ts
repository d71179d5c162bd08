import { classifyStatus } from '../http/classification.ts';
import { parseApiError } from '../http/huawei-error.ts';
import type { ApiRequest, ApiResponse, Classification, Wire } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { authorizationOf } from './basic.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { type Credential, createLogin, type LoginOptions } from './login.ts';
import { isLoopback } from './realm.ts';
import { createTokens, type Grant, type TokensOptions } from './tokens.ts';

/** Signs requests of one account as its registry asks for it, and words its failures. */
export interface RegistryWire extends Wire {
  close(): Promise<void>;
}

export type RegistryWireOptions = LoginOptions & Omit<TokensOptions, 'login'>;

/** What a request went out with. */
type Sent =
  | { readonly type: 'nothing' }
  | { readonly type: 'basic'; readonly credential: Credential }
  | { readonly type: 'bearer'; readonly grant: Grant };

const NOTHING: Sent = { type: 'nothing' };

/**
 * Tokens by scope or HTTP Basic, whatever the last challenge asked for. The first request goes without, unless one is
 * known. A token that never did is not renewed: the server grants less than asked without saying so.
 */
export function createRegistryWire(options: RegistryWireOptions): RegistryWire {
  const login = createLogin(options);
  const tokens = createTokens({ ...options, login });
  const sents = new WeakMap<ApiRequest, Sent>();
  let challenge: Challenge | null = null;

  const credentialFor = async (scheme: Challenge, request: ApiRequest, signal: AbortSignal) => {
    if (scheme.type === 'bearer') {
      const { realm, service } = scheme;
      const grant = await tokens.read({ realm, service, scopes: request.scopes ?? [] }, signal);
      return { type: 'bearer', grant } as const;
    }
    const credential = await login.read(signal);
    if (credential === null) return NOTHING;
    refusePlain(options);
    return { type: 'basic', credential } as const;
  };

  return {
    async authorize(request, { signal }) {
      const scheme = challenge;
      let sent: Sent;
      try {
        sent = scheme === null ? NOTHING : await credentialFor(scheme, request, signal);
      } catch (error) {
        // The next request asks what is wanted by then: the token server may have moved, or never been the registry's.
        if (challenge === scheme && !signal.aborted) challenge = null;
        throw error;
      }
      const outgoing = { ...request, headers: { ...request.headers, ...headersOf(sent) } };
      sents.set(outgoing, sent);
      return outgoing;
    },
    classify(response, request) {
      const sent = sents.get(request) ?? NOTHING;
      if (response.status !== 401) {
        if (sent.type === 'bearer') sent.grant.proved = true;
        return classifyOther(response);
      }
      const asked = parseChallenge(response.headers['www-authenticate']);
      challenge = asked ?? challenge;
      const verdict = classifyRefusal({ sent, asked, isAnonymous: login.isAnonymous }, response);
      // Asked for anew the next time: the permission may have been granted by then.
      if (verdict.type === 'answer' && sent.type === 'bearer') tokens.forget(sent.grant);
      return verdict;
    },
    renew(refused) {
      const sent = sents.get(refused) ?? NOTHING;
      if (sent.type === 'bearer') tokens.forget(sent.grant);
      if (sent.type === 'basic' && challenge?.type === 'basic')
        return login.forget(sent.credential);
      return true;
    },
    close: () => tokens.close(),
  };
}

function headersOf(sent: Sent): Readonly<Record<string, string>> {
  switch (sent.type) {
    case 'nothing':
      return {};
    case 'basic':
      return authorizationOf(sent.credential);
    case 'bearer':
      return { Authorization: `Bearer ${sent.grant.token}` };
  }
}

function classifyOther(response: ApiResponse): Classification {
  const plain = classifyStatus(response);
  // Some registries word it by the code alone.
  const isThrottled =
    plain.type === 'answer' &&
    response.status >= 400 &&
    parseApiError(response.text)?.code === 'TOOMANYREQUESTS';
  return isThrottled ? { type: 'throttled', retryAfterMs: null } : plain;
}

interface Refusal {
  readonly sent: Sent;
  readonly asked: Challenge | null;
  readonly isAnonymous: boolean;
}

function classifyRefusal(
  { sent, asked, isAnonymous }: Refusal,
  response: ApiResponse,
): Classification {
  if (asked === null) return { type: 'answer' };
  switch (sent.type) {
    case 'nothing':
      return asked.type === 'basic' && isAnonymous
        ? { type: 'rejected', detail: 'a request for a user name, and the account has none' }
        : { type: 'expired' };
    case 'bearer':
      if (asked.type === 'basic') return { type: 'expired' };
      return sent.grant.proved && asked.error !== 'insufficient_scope'
        ? { type: 'expired' }
        : { type: 'answer' };
    case 'basic':
      // Some answer 401 where the credential is good and the permission is missing.
      return parseApiError(response.text)?.code === 'DENIED'
        ? { type: 'answer' }
        : { type: 'expired' };
  }
}

function refusePlain({ endpoint, account }: RegistryWireOptions): void {
  const { protocol, hostname, host } = new URL(endpoint);
  if (protocol === 'https:' || isLoopback(hostname)) return;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot sign in to account "${account}": its registry ${host} is reached without TLS, https was wanted for a password`,
  );
}
