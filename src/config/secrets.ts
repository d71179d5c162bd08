import { Secret } from '../model/secret.ts';
import type { SecretReference } from './schema-secret.ts';

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
  const text =
    typeof reference === 'string' ? fromEnv(reference, sources) : fromFile(reference, sources);
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
const WHOLE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Passwords that a URL writes out instead of referring to them. */
export function literalPasswords(template: string): readonly string[] {
  return passwordsOf(template).filter((password) => password.replaceAll(REFERENCE, '') !== '');
}

/**
 * Fills `${NAME}` inside a URL; a reference that stands alone is the URL itself. What is filled in before the host or
 * after the path counts as secret. Throws SecretMissing, also when the template carries a literal password.
 */
export function fillUrl(template: string, sources: SecretSources): string {
  if (WHOLE.test(template)) return wholeUrl(template, sources);
  if (literalPasswords(template).length > 0) {
    throw new SecretMissing('the URL holds a literal password; write ${ENV_NAME} in its place');
  }
  const { userInfo, query } = partsOf(template);
  const hostStart = userInfo === '' ? 0 : template.indexOf(userInfo) + userInfo.length;
  return template.replaceAll(REFERENCE, (reference, _name: string, at: number) => {
    const value = fromEnv(reference, sources);
    if (at >= hostStart && at < template.length - query.length) return value;
    sources.onSecret(new Secret(value));
    return encodeURIComponent(value);
  });
}

function wholeUrl(reference: string, sources: SecretSources): string {
  const url = fromEnv(reference, sources);
  for (const password of passwordsOf(url)) {
    sources.onSecret(new Secret(password));
    sources.onSecret(new Secret(decode(password)));
  }
  return url;
}

/** As written, before percent-decoding. */
function passwordsOf(url: string): readonly string[] {
  const { userInfo, query } = partsOf(url);
  const colon = userInfo.indexOf(':');
  const inQuery = [...query.matchAll(/[?&]\w*password=([^&#]*)/gi)].map(([, value = '']) => value);
  return [colon === -1 ? '' : userInfo.slice(colon + 1), ...inQuery].filter((text) => text !== '');
}

/** The last "@" ends the user info: a password may hold "/" and "@" where somebody forgot to encode them. */
function partsOf(url: string): { readonly userInfo: string; readonly query: string } {
  const [, userInfo = ''] = /^[a-z][a-z0-9+.-]*:\/\/(.*)@/is.exec(url) ?? [];
  const rest = url.slice(url.lastIndexOf('@') + 1);
  const queryStart = rest.indexOf('?');
  return { userInfo, query: queryStart === -1 ? '' : rest.slice(queryStart) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
