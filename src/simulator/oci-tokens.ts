import { randomUUID } from 'node:crypto';

/** One thing a token lets its holder do. */
export interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** One issued bearer token of a registry. */
export interface RegistryToken {
  readonly value: string;
  /** The `service` it is for. */
  readonly service: string;
  /** `null` for an anonymous caller. */
  readonly username: string | null;
  readonly access: readonly Grant[];
  readonly expiresAtMs: number;
}

/** Bearer tokens of all registries. */
export interface RegistryTokens {
  readonly issue: (token: Omit<RegistryToken, 'value'>) => RegistryToken;
  /** `null` when it is unknown, revoked, expired, or for another service. */
  readonly find: (value: string, service: string) => RegistryToken | null;
  /** Makes every token issued so far worthless, whatever its `expires_in` promised. */
  readonly revoke: () => void;
}

/** No tokens yet. */
export function createRegistryTokens(now: () => number): RegistryTokens {
  const tokens = new Map<string, RegistryToken>();
  return {
    issue: (request) => {
      const token = { value: `registry.${randomUUID()}`, ...request };
      tokens.set(token.value, token);
      return token;
    },
    find: (value, service) => {
      const token = tokens.get(value);
      return token === undefined || token.expiresAtMs <= now() || token.service !== service
        ? null
        : token;
    },
    revoke: () => tokens.clear(),
  };
}
