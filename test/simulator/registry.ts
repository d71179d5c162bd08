import { createHash } from 'node:crypto';
import type { SeedInput } from '../../src/simulator/seed.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

/** Media types as the documents spell them, not as the simulator does. */
export const TYPE = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

export const ACCEPT_ALL = { accept: Object.values(TYPE).join(', ') };

/** An answer with its bytes. */
export interface RegistryReply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Parsed body, `null` when it is no JSON. */
  readonly json: unknown;
}

export interface RegistryCall {
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

export type CallRegistry = (
  method: string,
  path: string,
  options?: RegistryCall,
) => Promise<RegistryReply>;

/** Calls of one registry with these headers; redirects are shown, not followed. */
export function toCaller(base: string, always: Record<string, string> = {}): CallRegistry {
  return async (method, path, { headers = {}, body } = {}) => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: { ...always, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: Uint8Array.from(Buffer.from(body)) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes, json: parseJson(bytes) };
  };
}

/** A simulator with one repository of the plain registry. */
export async function startRegistry(
  seed: SeedInput = {},
): Promise<{ readonly simulator: Simulator; readonly call: CallRegistry }> {
  const simulator = await startSimulator({
    seed: { oci: [{ name: 'team/app', tags: { v1: 'one', v2: 'two', latest: 'one' } }], ...seed },
  });
  return { simulator, call: toCaller(simulator.endpoints.oci) };
}

/** The digest of bytes. */
export function sha256(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Uploads one blob in one go; resolves to its descriptor. */
export async function pushBlob(call: CallRegistry, name: string, text: string) {
  const digest = sha256(text);
  const begun = await call('POST', `/v2/${name}/blobs/uploads/`);
  if (begun.status !== 202) throw new Error(`the upload was answered ${begun.status}`);
  const place = begun.headers.get('location') ?? '';
  const reply = await call('PUT', `${place}&digest=${digest}`, { body: text });
  if (reply.status !== 201) throw new Error(`the upload was answered ${reply.status}`);
  return { mediaType: 'application/octet-stream', digest, size: Buffer.byteLength(text) };
}

/** Pushes a manifest with a config of its own. */
export async function pushImage(
  call: CallRegistry,
  { name, reference, text = 'config' }: { name: string; reference: string; text?: string },
): Promise<{ readonly digest: string; readonly bytes: Buffer; readonly reply: RegistryReply }> {
  const config = await pushBlob(call, name, text);
  // Two blanks that re-serializing would lose.
  const bytes = Buffer.from(
    `{  "schemaVersion": 2, "mediaType": "${TYPE.ociManifest}", "config": ${JSON.stringify(config)}, "layers": [] }`,
  );
  const reply = await call('PUT', `/v2/${name}/manifests/${reference}`, {
    body: bytes,
    headers: { 'content-type': TYPE.ociManifest },
  });
  return { digest: sha256(bytes), bytes, reply };
}

/** The `code` of an error body. */
export function codeOf({ json }: RegistryReply): unknown {
  return Object(Object(Object(json)['errors'])[0])['code'];
}

/** The next page a `Link` names, `null` without one. */
export function nextOf({ headers }: RegistryReply): string | null {
  return /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? null;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
