import { createHash } from 'node:crypto';

/** Puts images where a client would, by a login that may be needed. */
export interface ImagePusher {
  /** An image of its own config; resolves to its digest. */
  image(repository: string, tag: string, config?: object): Promise<string>;
  /** Any manifest under a tag, or under its digest when that is null; resolves to the digest. */
  manifest(
    repository: string,
    tag: string | null,
    body: object,
    mediaType?: string,
  ): Promise<string>;
  blob(repository: string, data: Buffer): Promise<string>;
  /** Digest of a tag; null: not bound. */
  digest(repository: string, reference: string): Promise<string | null>;
  /** The exact bytes and type under a reference. */
  bytes(
    repository: string,
    reference: string,
  ): Promise<{ readonly type: string; readonly data: Buffer }>;
  tags(repository: string): Promise<readonly string[]>;
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const ALL = [
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_LIST,
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
/** An archive without any file. */
const EMPTY_TAR = Buffer.alloc(1_024);

type Call = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

/** `authorization`: the header for calls of these actions; null: none is needed. */
export function createPusher(
  url: string,
  authorization: ((repository: string) => Promise<string>) | null = null,
): ImagePusher {
  const call = async (repository: string, target: string, init: Call = {}) => {
    const own = authorization === null ? {} : { authorization: await authorization(repository) };
    return await fetch(new URL(target, url), {
      ...init,
      headers: { ...own, accept: ALL, ...init.headers },
    });
  };
  const must = async (...args: Parameters<typeof call>) => {
    const response = await call(...args);
    if (response.ok) return response;
    throw new Error(`${args[1]}: ${response.status} ${await response.text()}`);
  };
  const blob = async (repository: string, data: Buffer) => {
    const digest = sha256(data);
    const begun = await must(repository, `/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(begun.headers.get('location') ?? '', url);
    place.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    await must(repository, place.href, { method: 'PUT', body: new Uint8Array(data), headers });
    return digest;
  };
  const manifest: ImagePusher['manifest'] = async (repository, tag, body, mediaType) => {
    const data = Buffer.from(JSON.stringify(body));
    const digest = sha256(data);
    await must(repository, `/v2/${repository}/manifests/${tag ?? digest}`, {
      method: 'PUT',
      body: data,
      headers: { 'content-type': mediaType ?? OCI_MANIFEST },
    });
    return digest;
  };
  return {
    blob,
    manifest,
    async image(repository, tag, config = {}) {
      const data = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', ...config }));
      await blob(repository, data);
      await blob(repository, EMPTY_TAR);
      return await manifest(repository, tag, {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: OCI_CONFIG, digest: sha256(data), size: data.length },
        layers: [{ mediaType: LAYER, digest: sha256(EMPTY_TAR), size: EMPTY_TAR.length }],
        annotations: { tag },
      });
    },
    async digest(repository, reference) {
      const path = `/v2/${repository}/manifests/${reference}`;
      const response = await call(repository, path, { method: 'HEAD' });
      return response.ok ? response.headers.get('docker-content-digest') : null;
    },
    async bytes(repository, reference) {
      const response = await must(repository, `/v2/${repository}/manifests/${reference}`);
      const type = response.headers.get('content-type') ?? '';
      return { type, data: Buffer.from(await response.arrayBuffer()) };
    },
    async tags(repository) {
      const response = await must(repository, `/v2/${repository}/tags/list`);
      const { tags } = (await response.json()) as { tags: string[] | null };
      return (tags ?? []).toSorted();
    },
  };
}

function sha256(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
