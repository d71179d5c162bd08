import type { Secret } from '../model/secret.ts';
import { parseTimeout } from './accounts.ts';
import type { ConfigDocument } from './schema.ts';
import { readSecret, SecretMissing, type SecretSources } from './secrets.ts';

/** Where health, metrics and the API are served. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Bearer token of the API; null: the API is off. */
  readonly adminToken: Secret | null;
  /** How long to go on answering after being told to stop. */
  readonly drainMs: number;
}

/** What is shorter can be guessed. */
const MIN_TOKEN_CHARACTERS = 24;

/** `server:` with its secret read. Throws SecretMissing. */
export function resolveServer(
  { host, port, adminToken, drain }: ConfigDocument['server'],
  sources: SecretSources,
): ServerConfig {
  const token = adminToken === undefined ? null : readSecret(adminToken, sources);
  if (token !== null && !/^[\x21-\x7e]+$/.test(token.reveal())) {
    throw new SecretMissing('adminToken holds characters that no header can carry');
  }
  if (token !== null && token.reveal().length < MIN_TOKEN_CHARACTERS) {
    const wanted = `at least ${MIN_TOKEN_CHARACTERS} are wanted (openssl rand -hex 32)`;
    throw new SecretMissing(`adminToken has ${token.reveal().length} characters, ${wanted}`);
  }
  return { host, port, adminToken: token, drainMs: parseTimeout(drain) };
}
