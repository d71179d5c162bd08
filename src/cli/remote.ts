import { readFileSync } from 'node:fs';
import { ReconcileError } from '../model/errors.ts';
import { Secret } from '../model/secret.ts';
import type { RemoteConsole } from './console.ts';
import type { CliContext } from './context.ts';
import type { ServerFlags } from './flags.ts';

/** The console behind `--server URL`. Throws CONFIG_INVALID for a URL or token that cannot be one. */
export async function openServer(
  { server, tokenFile }: ServerFlags & { readonly server: string },
  context: CliContext,
): Promise<RemoteConsole> {
  const url = parseServer(server);
  const token = readToken(server, tokenFile, context);
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    context.stderr.write(`warning: the token goes to ${url.host} without TLS\n`);
  }
  return await context.openRemote({ url: server, token, signal: context.interruption.signal });
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function parseServer(text: string): URL {
  const refuse = (problem: string): ReconcileError => {
    const wanted = 'wanted http(s)://HOST:PORT of a tagwarden process with role api';
    return new ReconcileError('CONFIG_INVALID', `Cannot use --server: ${problem}, ${wanted}`);
  };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw refuse('it is no such URL');
  if (url.username !== '' || url.password !== '') {
    throw refuse('it holds a user or password, which others see in the list of processes');
  }
  if (url.search !== '' || url.hash !== '') throw refuse('it has a query');
  return url;
}

function readToken(server: string, file: string | undefined, { environment }: CliContext): Secret {
  const text =
    file === undefined ? environment.variable('TAGWARDEN_TOKEN') : readTokenFile(file).trim();
  const where = 'wanted TAGWARDEN_TOKEN in the environment, or --token-file FILE';
  const refuse = (problem: string): ReconcileError =>
    new ReconcileError('CONFIG_INVALID', `Cannot ask server "${server}": ${problem}, ${where}`);
  if (text === null || text === '') throw refuse('no token is given');
  if (!/^[\x21-\x7e]+$/.test(text)) throw refuse('the token holds blanks or other odd characters');
  return new Secret(text);
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `Cannot read token file "${file}": it is missing or not readable, wanted a file with the token`;
    throw new ReconcileError('CONFIG_INVALID', message, { cause });
  }
}
