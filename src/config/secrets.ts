import { Secret } from '../model/secret.ts';
import type { SecretReference } from './schema.ts';

/** Where secrets are read. */
export interface SecretSources {
  /** Value of an environment variable; null: not set or empty. */
  readonly variable: (name: string) => string | null;
  /** Text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
  /** Told of every secret read, so that logs can be scrubbed of it. */
  readonly onSecret: (secret: Secret) => void;
}

/** A secret that could not be read; the message names the variable or file, never a value. */
export class SecretMissing extends Error {}

/** Reads one secret. Throws SecretMissing. */
export function readSecret(reference: SecretReference, sources: SecretSources): Secret {
  const text = typeof reference === 'string' ? fromEnv(reference, sources) : fromFile(reference, sources);
  const secret = new Secret(text);
  sources.onSecret(secret);
  return secret;
}

function fromEnv(reference: string, { variable }: SecretSources): string {
  const name = reference.slice(2, -1);
  const value = variable(name);
  if (value !== null) return value;
  throw new SecretMissing(`environment variable ${name} is not set`);
}

function fromFile(reference: { readonly file: string }, { readFile }: SecretSources): string {
  const text = tryRead(reference.file, readFile).trim();
  if (text !== '') return text;
  throw new SecretMissing(`secret file "${reference.file}" is empty`);
}

function tryRead(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch {
    throw new SecretMissing(`secret file "${path}" cannot be read`);
  }
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Fills `${NAME}` inside a URL. Throws SecretMissing, also when the URL carries a literal password. */
export function fillUrl(template: string, sources: SecretSources): string {
  if (literalPassword(template)) {
    throw new SecretMissing('the URL holds a literal password; write ${ENV_NAME} in its place');
  }
  return template.replace(REFERENCE, (_match, name: string) => {
    const value = fromEnv(`\${${name}}`, sources);
    sources.onSecret(new Secret(value));
    return encodeURIComponent(value);
  });
}

function literalPassword(template: string): boolean {
  const userInfo = /^[a-z]+:\/\/([^/@]*)@/.exec(template)?.[1] ?? '';
  const password = userInfo.includes(':') ? userInfo.slice(userInfo.indexOf(':') + 1) : '';
  return password.replace(REFERENCE, '') !== '';
}
