import { createHash } from 'node:crypto';
import type { HuaweiCredential } from './seed.ts';

/** One issued IAM token. */
export interface Token {
  readonly value: string;
  readonly credential: HuaweiCredential;
  /** `null` for an account-wide token. */
  readonly projectId: string | null;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** What a new token is for and how long it lives. */
export interface TokenRequest {
  readonly credential: HuaweiCredential;
  readonly projectId: string | null;
  readonly nowMs: number;
  readonly lifeMs: number;
}

/** Tokens issued so far; a new one does not invalidate older ones. */
export interface TokenStore {
  readonly issue: (request: TokenRequest) => Token;
  /** Expired tokens are still found. */
  readonly find: (value: string) => Token | null;
}

/** No tokens yet. */
export function createTokenStore(): TokenStore {
  const tokens = new Map<string, Token>();
  return {
    issue: ({ credential, projectId, nowMs, lifeMs }) => {
      const entropy = `${credential.username} ${tokens.size} ${nowMs}`;
      const token: Token = {
        value: `MIIS${createHash('sha512').update(entropy).digest('base64url')}`,
        credential,
        projectId,
        issuedAtMs: nowMs,
        expiresAtMs: nowMs + lifeMs,
      };
      tokens.set(token.value, token);
      return token;
    },
    find: (value) => tokens.get(value) ?? null,
  };
}
