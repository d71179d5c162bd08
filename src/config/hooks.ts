import type { ProviderName } from '../model/account.ts';
import type { Secret } from '../model/secret.ts';
import { parseTimeout } from './accounts.ts';
import type { ConfigDocument } from './schema.ts';
import type { HookDocument, HookType } from './schema-hooks.ts';
import type { SecretReference } from './schema-secret.ts';
import { readSecret, SecretMissing, type SecretSources } from './secrets.ts';

export type { HookType } from './schema-hooks.ts';

/** One of the accounts that the events of a hook are about. */
export interface HookAccount {
  readonly name: string;
  readonly provider: ProviderName;
}

/** One receiver of webhooks, at `/hooks/NAME`. */
export interface Hook {
  readonly name: string;
  readonly type: HookType;
  /** All in force at once; empty: whoever reaches the port is believed. */
  readonly secrets: readonly Secret[];
  /** Empty for pushes to the policy repository. */
  readonly accounts: readonly HookAccount[];
  /** Globs over the names a sender gives; null: any. */
  readonly repositories: readonly string[] | null;
  /** Event names as the sender gives them; null: those the type knows. */
  readonly events: readonly string[] | null;
}

/** The port of webhooks and what listens there. */
export interface HookServer {
  readonly host: string;
  readonly port: number;
  /** Addresses and ranges whose X-Forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly requireHttps: boolean;
  /** How far a signed timestamp may be from the clock. */
  readonly toleranceMs: number;
  readonly hooks: readonly Hook[];
}

/** A MAC key or token below this can be guessed. */
const MIN_SECRET_BYTES = 24;
const WHSEC = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

interface HookEntry {
  readonly name: string;
  readonly hook: HookDocument;
  readonly accounts: ConfigDocument['accounts'];
}

/** Turns one validated `server.hooks:` entry into a hook with its secrets read. Throws SecretMissing. */
export function resolveHook({ name, hook, accounts }: HookEntry, sources: SecretSources): Hook {
  const { type, repositories = null, events = null } = hook;
  const references = hook.secrets ?? (hook.secret === undefined ? [] : [hook.secret]);
  const secrets = references.map((reference) => readHookSecret(type, reference, sources));
  const named = 'accounts' in hook ? [...new Set(hook.accounts)] : [];
  return {
    name,
    type,
    secrets,
    accounts: named.flatMap((account) => {
      const provider = accounts[account]?.provider;
      return provider === undefined ? [] : [{ name: account, provider }];
    }),
    repositories,
    events,
  };
}

/** Null: no hook is configured, so no port is opened. */
export function resolveHookServer(
  server: ConfigDocument['server'],
  hooks: readonly Hook[],
): HookServer | null {
  if (hooks.length === 0) return null;
  return {
    host: server.hooksHost,
    port: server.hooksPort,
    trustedProxies: server.hooksTrustedProxies,
    requireHttps: server.hooksRequireHttps,
    toleranceMs: parseTimeout(server.hooksTolerance),
    hooks,
  };
}

/** Key of a Standard Webhooks secret, `whsec_` and base64; null: it is none. */
export function standardKey(secret: Secret): Buffer | null {
  const [, encoded] = WHSEC.exec(secret.reveal()) ?? [];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64');
}

function readHookSecret(
  type: HookType,
  reference: SecretReference,
  sources: SecretSources,
): Secret {
  const secret = readSecret(reference, sources);
  const key = standardKey(secret);
  if (type === 'standard-webhooks' && key === null) {
    throw new SecretMissing(`${nameOf(reference)} is no Standard Webhooks secret (whsec_…)`);
  }
  const isEncoded = key !== null && (type === 'standard-webhooks' || type === 'gitlab-push');
  const length = isEncoded ? key.length : Buffer.byteLength(secret.reveal());
  if (length >= MIN_SECRET_BYTES) return secret;
  const wanted = `at least ${MIN_SECRET_BYTES} are wanted (openssl rand -hex 32)`;
  throw new SecretMissing(`${nameOf(reference)} has ${length} bytes, ${wanted}`);
}

function nameOf(reference: SecretReference): string {
  return typeof reference === 'string'
    ? `environment variable ${reference.slice(2, -1)}`
    : `secret file "${reference.file}"`;
}
