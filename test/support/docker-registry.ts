import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { isOnPath } from './redis-process.ts';
import { endProcess, spawnOnFreePort, spawnServer } from './server-process.ts';

/** A distribution registry that tells an endpoint of every event. */
export interface DockerRegistry extends AsyncDisposable {
  /** Pushes a tiny image as a client does; resolves to its digest. */
  push(repository: string, tag: string): Promise<string>;
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Removes a manifest, and every tag of it. */
  remove(repository: string, digest: string): Promise<void>;
}

export interface DockerRegistryOptions {
  readonly hookUrl: string;
  readonly token: string;
}

/** A registry without notifications, as its configuration file says it. */
export interface PlainRegistryOptions {
  /** The `auth` section, made from the folder of the registry; absent: anybody may do anything. */
  readonly auth?: (folder: string) => Promise<object>;
  /** Default true. */
  readonly deletes?: boolean;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** True: there is one to start. */
export function hasDockerRegistry(): boolean {
  return isOnPath('docker-registry');
}

/** Starts one on a free port of the loopback, with its data in a new folder. */
export async function startDockerRegistry(
  options: DockerRegistryOptions | PlainRegistryOptions,
): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-registry-'));
  const file = join(folder, 'config.yml');
  const { port, child } = await spawnOnFreePort(async (free) => {
    await writeFile(file, stringify(await configOf(folder, free, options)));
    const args = ['serve', file];
    return await spawnServer({ command: 'docker-registry', args, ready: 'listening on' });
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async push(repository, tag) {
      const config = Buffer.from(JSON.stringify({ created: new Date().toISOString(), tag }));
      const blob = { mediaType: 'application/vnd.oci.image.config.v1+json', data: config };
      const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', data: EMPTY_TAR };
      for (const { data } of [blob, layer]) await putBlob(url, repository, data);
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST_TYPE,
          config: describe(blob),
          layers: [describe(layer)],
        }),
      );
      await call(`${url}/v2/${repository}/manifests/${tag}`, 'PUT', {
        body: manifest,
        headers: { 'content-type': MANIFEST_TYPE },
      });
      return digestOf(manifest);
    },
    async remove(repository, digest) {
      await call(`${url}/v2/${repository}/manifests/${digest}`, 'DELETE');
    },
    async [Symbol.asyncDispose]() {
      await endProcess(child, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An archive without any file. */
const EMPTY_TAR = Buffer.alloc(1_024);

async function configOf(
  folder: string,
  port: number,
  options: DockerRegistryOptions | PlainRegistryOptions,
): Promise<object> {
  const isPlain = !('hookUrl' in options);
  return {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      delete: { enabled: isPlain ? (options.deletes ?? true) : true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: 'not-secret' },
    ...(isPlain ? {} : { notifications: { endpoints: [hookOf(options)] } }),
    ...(isPlain && options.auth ? { auth: await options.auth(folder) } : {}),
  };
}

function hookOf({ hookUrl, token }: DockerRegistryOptions): object {
  return {
    name: 'tagwarden',
    url: hookUrl,
    headers: { Authorization: [`Bearer ${token}`] },
    timeout: '3s',
    threshold: 3,
    backoff: '1s',
  };
}

async function putBlob(url: string, repository: string, data: Buffer): Promise<void> {
  const begun = await call(`${url}/v2/${repository}/blobs/uploads/`, 'POST');
  const place = new URL(begun.headers.get('location') ?? '', url);
  place.searchParams.set('digest', digestOf(data));
  const headers = { 'content-type': 'application/octet-stream' };
  await call(place.href, 'PUT', { body: data, headers });
}

type CallOptions = Pick<RequestInit, 'body' | 'headers'>;

async function call(url: string, method: string, options: CallOptions = {}): Promise<Response> {
  const response = await fetch(url, { method, ...options });
  if (response.ok) return response;
  throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
}

function describe({ mediaType, data }: { readonly mediaType: string; readonly data: Buffer }) {
  return { mediaType, digest: digestOf(data), size: data.length };
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
