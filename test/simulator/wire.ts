import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { Simulator } from '../../src/simulator/simulator.ts';

export const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';
export const ACCESS_KEY = 'AKIDEXAMPLE0000000A';
export const SECRET_KEY = 'SKEXAMPLEKEY00000000000000000000000000ab';
export const PUBLIC_KEY = 'ucloudsomeone@example.com1296235120854146120';
export const PRIVATE_KEY = '46f09bb9fab4f12dfc160dae12273d5332b5debe';

export const CREDENTIALS = {
  huawei: [{ accessKey: ACCESS_KEY, secretKey: SECRET_KEY, projectId: PROJECT }],
  ucloud: [{ publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY, projectId: 'org-abc123' }],
};

export interface WireRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** Parsed body, `null` when it is no JSON. */
  // biome-ignore lint: wire bodies are compared, never trusted
  readonly json: unknown;
}

/** Sends exactly this target: no normalization of the path. */
export async function send(
  base: string,
  target: string,
  { method = 'GET', headers = {}, body }: WireRequest = {},
): Promise<WireReply> {
  const { hostname, port } = new URL(base);
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, path: target, method, headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const { statusCode: status = 0, headers: found } = incoming;
          resolve({ status, headers: found, text, json: parseJson(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A project token of the test credential. */
export async function createToken(
  simulator: Simulator,
  scope: unknown = { project: { id: PROJECT } },
): Promise<string> {
  const user = { name: 'robot', password: 'password', domain: { name: 'example' } };
  const reply = await send(simulator.endpoints.iam, '/v3/auth/tokens?nocatalog=true', {
    method: 'POST',
    body: JSON.stringify({
      auth: { identity: { methods: ['password'], password: { user } }, scope },
    }),
  });
  return String(reply.headers['x-subject-token']);
}

/** A caller with a token; paths are relative to one endpoint. */
export async function createHuaweiCaller(simulator: Simulator, base: string) {
  const token = await createToken(simulator);
  return async (method: string, target: string, body?: unknown): Promise<WireReply> =>
    await send(base, target, {
      method,
      headers: { 'x-auth-token': token, 'content-type': 'application/json' },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
}

export interface SignRequest {
  readonly base: string;
  readonly method: string;
  /** Wire path, and the path as it is to be signed. */
  readonly path: string;
  readonly signedPath: string;
  readonly wireQuery?: string;
  readonly signedQuery?: string;
  readonly body?: string;
  readonly at: number;
  readonly secretKey?: string;
  readonly accessKey?: string;
  readonly securityToken?: string;
}

/** Signs by hand from an already canonical path and query, then sends. */
export async function sendSigned(options: SignRequest): Promise<WireReply> {
  const { base, method, path, signedPath, wireQuery = '', signedQuery = '', body = '' } = options;
  const date = `${new Date(options.at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const { host } = new URL(base);
  const token = options.securityToken;
  const signed: Record<string, string> = {
    host,
    'x-sdk-date': date,
    ...(token === undefined ? {} : { 'x-security-token': token }),
  };
  const names = Object.keys(signed).sort();
  const canonical = [
    method,
    signedPath,
    signedQuery,
    names.map((name) => `${name}:${signed[name]}\n`).join(''),
    names.join(';'),
    sha256(body),
  ].join('\n');
  const signature = createHmac('sha256', options.secretKey ?? SECRET_KEY)
    .update(`SDK-HMAC-SHA256\n${date}\n${sha256(canonical)}`)
    .digest('hex');
  const access = options.accessKey ?? ACCESS_KEY;
  const authorization = `SDK-HMAC-SHA256 Access=${access}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return await send(base, wireQuery === '' ? path : `${path}?${wireQuery}`, {
    method,
    headers: { ...signed, authorization },
    ...(body === '' ? {} : { body }),
  });
}

/** UCloud parameters with their signature. */
export function signUcloud(
  parameters: Record<string, string>,
  privateKey = PRIVATE_KEY,
): Record<string, string> {
  const all: Record<string, string> = { PublicKey: PUBLIC_KEY, ...parameters };
  const text = Object.keys(all)
    .sort()
    .map((name) => `${name}${all[name]}`)
    .join('');
  const signature = createHash('sha1').update(`${text}${privateKey}`).digest('hex');
  return { ...all, Signature: signature };
}

/** A signed GET of one UHub action. */
export async function callUhub(
  simulator: Simulator,
  parameters: Record<string, string>,
): Promise<WireReply> {
  const query = new URLSearchParams(signUcloud(parameters)).toString();
  return await send(simulator.endpoints.uhub, `/?${query}`);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
