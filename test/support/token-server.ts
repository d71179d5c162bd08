import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { selfSigned } from './certificate.ts';

/** A token server as the Docker token documents describe it. */
export interface TokenServer extends AsyncDisposable {
  readonly url: string;
  /** PEM, for `rootcertbundle`. */
  readonly certificate: string;
  /** Queries in the order they came. */
  readonly asked: URLSearchParams[];
  /** What is granted of the actions asked for; changes at any time. */
  grants: (repository: string, action: string, username: string | null) => boolean;
  expiresInS: number;
  /** A token as a client would get it, for a test's own calls. */
  issue(scopes: readonly string[]): string;
}

export const TOKEN_SERVICE = 'registry of a test';
export const TOKEN_ISSUER = 'token server of a test';
export const TOKEN_LOGIN = { username: 'robot', password: 'demo-password' };

/** Starts one on a free port of the loopback. */
export async function startTokenServer(): Promise<TokenServer> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const certificate = selfSigned(keys);
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://local').searchParams;
    asked.push(query);
    const username = loginOf(request.headers.authorization);
    if (username === 'wrong') {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"UNAUTHORIZED"}]}');
      return;
    }
    const token = sign(keys.privateKey, certificate, accessOf(query.getAll('scope'), username));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, expires_in: handle.expiresInS }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  const accessOf = (scopes: readonly string[], username: string | null) =>
    scopes.map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':');
      const granted = actions.split(',').filter((action) => handle.grants(name, action, username));
      return { type, name, actions: granted };
    });
  const handle: TokenServer = {
    url: `http://127.0.0.1:${address.port}/token`,
    certificate,
    asked,
    grants: (_repository, _action, username) => username === TOKEN_LOGIN.username,
    expiresInS: 300,
    issue: (scopes) => sign(keys.privateKey, certificate, accessOf(scopes, TOKEN_LOGIN.username)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return handle;
}

/** Null: anonymous; `wrong`: a bad password. */
function loginOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  const [username, password] = Buffer.from(header.slice('Basic '.length), 'base64')
    .toString()
    .split(':');
  const isGood = username === TOKEN_LOGIN.username && password === TOKEN_LOGIN.password;
  return isGood ? TOKEN_LOGIN.username : 'wrong';
}

function sign(key: KeyObject, certificate: string, access: readonly object[]): string {
  const x5c = [certificate.replaceAll(/-----[^-]+-----|\s/g, '')];
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: TOKEN_ISSUER,
    sub: TOKEN_LOGIN.username,
    aud: TOKEN_SERVICE,
    iat: nowS,
    nbf: nowS - 10,
    exp: nowS + 300,
    jti: String(Math.random()),
    access,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ typ: 'JWT', alg: 'RS256', x5c })}.${encode(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
}
