import { execFile } from 'node:child_process';
import { z } from 'zod';
import { createSingleFlight } from '../http/single-flight.ts';
import type { RegistryAuth } from '../model/account.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import { Secret } from '../model/secret.ts';

/** User name and password as they are sent by HTTP Basic. */
export interface Credential {
  readonly username: string;
  readonly password: Secret;
}

/** Where the credential of an account comes from. */
export interface Login {
  readonly isAnonymous: boolean;
  /** Null: anonymous. Throws PROVIDER_AUTH when the helper has none. */
  read(signal: AbortSignal): Promise<Credential | null>;
  /** The registry refused this one; true: another may be had. */
  forget(credential: Credential): boolean;
}

/** Helpers give credentials of hours; asking each time would start a process for each token. */
const KEEP_MS = 10 * 60_000;
const HELPER_MS = 15_000;
const MAX_OUTPUT = 64 * 1024;
/** What helpers say for a name when the secret is an identity token. */
const IDENTITY_TOKEN = '<token>';

const HelperAnswer = z.object({ Username: z.string(), Secret: z.string().min(1) });

export interface LoginOptions {
  readonly account: string;
  readonly auth: RegistryAuth;
  readonly now: () => Date;
}

/** The credential of an account, for as long as it is good. */
export function createLogin({ account, auth, now }: LoginOptions): Login {
  switch (auth.type) {
    case 'anonymous':
      return { isAnonymous: true, read: () => Promise.resolve(null), forget: () => false };
    case 'password':
      return { isAnonymous: false, read: () => Promise.resolve(auth), forget: () => false };
    case 'helper':
      return createHelperLogin(account, auth, now);
  }
}

type HelperAuth = Extract<RegistryAuth, { type: 'helper' }>;

function createHelperLogin(account: string, auth: HelperAuth, now: () => Date): Login {
  let kept: { readonly credential: Credential; readonly untilMs: number } | null = null;
  const ask = createSingleFlight(async (signal) => {
    const credential = await askHelper(account, auth, signal);
    kept = { credential, untilMs: now().getTime() + KEEP_MS };
    return credential;
  });
  return {
    isAnonymous: false,
    async read(signal) {
      if (kept !== null && now().getTime() < kept.untilMs) return kept.credential;
      return await ask(signal);
    },
    forget(credential) {
      if (kept?.credential !== credential) return kept !== null;
      kept = null;
      return true;
    },
  };
}

/** Protocol of the Docker credential helpers: the server on stdin of `get`, JSON on stdout. */
async function askHelper(
  account: string,
  { helper, server }: HelperAuth,
  signal: AbortSignal,
): Promise<Credential> {
  const command = `docker-credential-${helper}`;
  const refuse = (what: string, cause: unknown) =>
    new ReconcileError(
      'PROVIDER_AUTH',
      `Cannot sign in to account "${account}": ${command} ${what}, a credential for its registry was wanted`,
      { cause },
    );
  let output: string;
  try {
    output = await runHelper(command, server, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw refuse(`gave none (${reasonOf(error)})`, null);
  }
  const answer = HelperAnswer.safeParse(parseJson(output));
  // The causes are left out: they could quote what the helper printed.
  if (!answer.success) throw refuse('answered something else', null);
  if (answer.data.Username === IDENTITY_TOKEN) {
    throw refuse('gave an identity token, which works with that registry’s own client only', null);
  }
  return { username: answer.data.Username, password: new Secret(answer.data.Secret) };
}

async function runHelper(command: string, server: string, signal: AbortSignal): Promise<string> {
  return await new Promise((resolve, reject) => {
    const options = {
      signal,
      timeout: HELPER_MS,
      maxBuffer: MAX_OUTPUT,
      encoding: 'utf8',
    } as const;
    const child = execFile(command, ['get'], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
    // A helper that ends without reading closes the pipe; its exit says the rest.
    child.stdin?.on('error', () => {});
    child.stdin?.end(server);
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'it is not on the PATH';
  if ('killed' in error && error.killed === true) return `no answer within ${HELPER_MS / 1_000} s`;
  return `exit code ${String(code)}`;
}
