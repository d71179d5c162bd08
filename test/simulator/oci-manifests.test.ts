import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import {
  ACCEPT_ALL,
  type CallRegistry,
  codeOf,
  pushBlob,
  pushImage,
  type RegistryReply,
  sha256,
  startRegistry,
  TYPE,
} from './registry.ts';

const APP = '/v2/team/app/manifests';
const PLATFORMS = ['linux/amd64', 'linux/arm64/v8'];

let simulator: Simulator;
let call: CallRegistry;

beforeEach(async () => {
  ({ simulator, call } = await startRegistry({
    oci: [
      {
        name: 'team/app',
        tags: {
          v1: 'one',
          latest: 'one',
          index: { digest: 'index', image: { platforms: PLATFORMS } },
          list: { digest: 'list', image: { platforms: PLATFORMS, format: 'docker' } },
          docker: { digest: 'docker', image: { format: 'docker' } },
        },
      },
    ],
  }));
});
afterEach(async () => {
  await simulator.close();
});

const put = async (reference: string, body: Buffer | string, type: string = TYPE.ociManifest) =>
  await call('PUT', `${APP}/${reference}`, { body, headers: { 'content-type': type } });
const digestIn = ({ headers }: RegistryReply) => headers.get('docker-content-digest');

describe('GET and HEAD of a manifest', () => {
  test.each([
    ['v1', TYPE.ociManifest],
    ['index', TYPE.ociIndex],
    ['list', TYPE.dockerList],
    ['docker', TYPE.dockerManifest],
  ])('of seeded %s give bytes that hash to the digest of the tag', async (tag, type) => {
    const reply = await call('GET', `${APP}/${tag}`, { headers: ACCEPT_ALL });
    const head = await call('HEAD', `${APP}/${tag}`, { headers: ACCEPT_ALL });

    expect(reply.status).toBe(200);
    expect(sha256(reply.bytes)).toBe(simulator.world.ociTags('team/app')[tag]);
    expect(Object(reply.json)['mediaType']).toBe(type);
    for (const { headers } of [reply, head]) {
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('docker-content-digest')).toBe(sha256(reply.bytes));
      expect(headers.get('etag')).toBe(`"${sha256(reply.bytes)}"`);
      expect(headers.get('content-length')).toBe(String(reply.bytes.length));
    }
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
  });

  test('reach every child of an index by digest, and its blobs', async () => {
    const index = await call('GET', `${APP}/index`, { headers: ACCEPT_ALL });
    const children: { digest: string; size: number; platform: unknown }[] = Object(index.json)[
      'manifests'
    ];

    expect(children.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ]);
    for (const { digest, size } of children) {
      const child = await call('GET', `${APP}/${digest}`, { headers: ACCEPT_ALL });
      expect([sha256(child.bytes), child.bytes.length]).toEqual([digest, size]);
      for (const part of [Object(child.json)['config'], ...Object(child.json)['layers']]) {
        const blob = await call('GET', `/v2/team/app/blobs/${part.digest}`);
        expect([sha256(blob.bytes), blob.bytes.length]).toEqual([part.digest, part.size]);
      }
    }
  });

  test.each([
    [`${APP}/nothing`, 404, 'MANIFEST_UNKNOWN'],
    [`${APP}/${sha256('nothing')}`, 404, 'MANIFEST_UNKNOWN'],
    ['/v2/no/such/manifests/v1', 404, 'MANIFEST_UNKNOWN'],
    [`${APP}/sha256:short`, 400, 'DIGEST_INVALID'],
    ['/v2/Team/app/manifests/v1', 400, 'NAME_INVALID'],
    [`/v2/${'a'.repeat(256)}/manifests/v1`, 400, 'NAME_INVALID'],
    ['/v2/team%2Fapp/manifests/v1', 400, 'NAME_INVALID'],
    ['/v2/manifests/v1', 404, 'NOT_FOUND'],
    ['/v1/team/app/manifests/v1', 404, 'NOT_FOUND'],
  ])('of %s answer %i %s', async (path, status, code) => {
    const reply = await call('GET', path, { headers: ACCEPT_ALL });

    expect([reply.status, codeOf(reply)]).toEqual([status, code]);
  });

  test('answer 304 to the digest in If-None-Match', async () => {
    const ask = async (etag: string) =>
      await call('GET', `${APP}/v1`, { headers: { ...ACCEPT_ALL, 'if-none-match': etag } });
    const same = await ask(`W/"x", "${digestOf('one')}"`);

    expect([same.status, same.bytes.length]).toEqual([304, 0]);
    expect(digestIn(same)).toBe(digestOf('one'));
    expect((await ask('"other"')).status).toBe(200);
  });

  test('leave out the digest and the ETag, and add a warning, by switch', async () => {
    Object.assign(simulator.world.switches.oci, {
      digestHeader: false,
      etag: false,
      warning: 'old',
    });
    const head = await call('HEAD', `${APP}/v1`, { headers: ACCEPT_ALL });
    const pushed = await put('v9', (await call('GET', `${APP}/v1`, { headers: ACCEPT_ALL })).bytes);

    expect([digestIn(head), head.headers.get('etag'), digestIn(pushed)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(head.headers.get('warning')).toBe('299 - "old"');
  });

  test('have no bytes for a digest that was seeded as such', async () => {
    const digest = sha256('elsewhere');
    simulator.world.setOciTag('team/app', 'bare', digest);

    expect((await call('GET', '/v2/team/app/tags/list')).bytes.toString()).toContain('bare');
    expect((await call('HEAD', `${APP}/bare`, { headers: ACCEPT_ALL })).status).toBe(404);
  });
});

describe('Accept', () => {
  test.each([
    ['list', TYPE.dockerManifest, 200, 'child'],
    ['list', '*/*', 200, 'child'],
    ['list', TYPE.dockerList, 200, 'itself'],
    ['docker', '*/*', 200, 'itself'],
    ['v1', TYPE.dockerManifest, 404, null],
    ['index', TYPE.ociManifest, 404, null],
    ['index', `text/plain, ${TYPE.ociIndex};q=0.5`, 200, 'itself'],
  ])('for %s with %s answers %i, %s', async (tag, accept, status, what) => {
    const reply = await call('GET', `${APP}/${tag}`, { headers: { accept } });

    expect(reply.status).toBe(status);
    if (what === null) return;
    const isItself = digestIn(reply) === simulator.world.ociTags('team/app')[tag];
    expect(isItself ? 'itself' : 'child').toBe(what);
    expect(sha256(reply.bytes)).toBe(digestIn(reply));
  });

  test('is not looked at by switch, and never changes what a digest names', async () => {
    const digest = simulator.world.ociTags('team/app')['list'] ?? '';
    const headers = { accept: TYPE.dockerManifest };

    expect(digestIn(await call('GET', `${APP}/${digest}`, { headers }))).toBe(digest);
    simulator.world.switches.oci.accept = 'ignored';
    expect(digestIn(await call('GET', `${APP}/list`, { headers }))).toBe(digest);
    expect((await call('GET', `${APP}/v1`, { headers })).status).toBe(200);
  });
});

describe('PUT of a manifest', () => {
  test('keeps the very bytes, replaces a tag silently, and tells the journal', async () => {
    const { digest, bytes, reply } = await pushImage(call, { name: 'team/app', reference: 'v1' });
    const read = await call('GET', `${APP}/v1`, { headers: ACCEPT_ALL });

    expect([reply.status, digestIn(reply)]).toEqual([201, digest]);
    expect(reply.headers.get('location')).toBe(`/v2/team/app/manifests/${digest}`);
    expect(read.bytes.equals(bytes)).toBe(true);
    expect(simulator.journal.entries).toMatchObject([
      {
        service: 'oci',
        operation: 'add',
        target: 'team/app',
        key: 'v1',
        value: digest,
        before: digestOf('one'),
        after: digest,
        executed: true,
      },
    ]);
  });

  test('copies a tag by its bytes, and is the same when it is repeated', async () => {
    const index = await call('GET', `${APP}/index`, { headers: ACCEPT_ALL });
    const replies = [
      await put('copy', index.bytes, TYPE.ociIndex),
      await put('copy', index.bytes, TYPE.ociIndex),
    ];
    const { copy, index: original } = simulator.world.ociTags('team/app');

    expect(replies.map(({ status }) => status)).toEqual([201, 201]);
    expect(copy).toBe(original);
  });

  test('by digest leaves an untagged manifest, and makes a new repository', async () => {
    const text = JSON.stringify({ schemaVersion: 2, mediaType: TYPE.ociIndex, manifests: [] });
    const path = `/v2/new/place/manifests/${sha256(text)}`;
    const headers = { 'content-type': TYPE.ociIndex };

    expect((await call('PUT', path, { body: text, headers })).status).toBe(201);
    expect((await call('HEAD', path, { headers: ACCEPT_ALL })).status).toBe(200);
    expect(simulator.world.ociTags('new/place')).toEqual({});
    expect(simulator.journal.entries).toMatchObject([
      { key: sha256(text), before: null, after: sha256(text) },
    ]);
  });

  test.each([
    ['v9', 'no json', TYPE.ociManifest, 400, 'MANIFEST_INVALID'],
    ['v9', '{}', 'text/plain', 400, 'MANIFEST_INVALID'],
    ['v9', `{"mediaType":"${TYPE.ociIndex}"}`, TYPE.ociManifest, 400, 'MANIFEST_INVALID'],
    ['-v9', '{}', TYPE.ociManifest, 400, 'MANIFEST_INVALID'],
    [sha256('other'), '{}', TYPE.ociManifest, 400, 'DIGEST_INVALID'],
    [
      'v9',
      `{"layers":[{"digest":"${sha256('x')}"}]}`,
      TYPE.ociManifest,
      400,
      'MANIFEST_BLOB_UNKNOWN',
    ],
    [
      'v9',
      `{"manifests":[{"digest":"${sha256('x')}"}]}`,
      TYPE.ociIndex,
      400,
      'MANIFEST_BLOB_UNKNOWN',
    ],
    ['v9', `{"subject":{"digest":"${sha256('x')}"}}`, TYPE.ociManifest, 201, undefined],
    [
      'v9',
      `{"layers":[{"digest":"${sha256('x')}","urls":["https://elsewhere.example"]}]}`,
      TYPE.ociManifest,
      201,
      undefined,
    ],
  ])('as %s of %s typed %s answers %i %s', async (reference, body, type, status, code) => {
    const reply = await put(reference, body, type);

    expect([reply.status, codeOf(reply)]).toEqual([status, code]);
    expect(simulator.journal.entries).toMatchObject([
      { executed: status === 201, code: code ?? null },
    ]);
  });

  test('takes missing blobs with 404 or not at all seriously, by switch', async () => {
    const body = `{"layers":[{"digest":"${sha256('x')}"}]}`;
    simulator.world.switches.oci.missingBlobs = '404';

    expect((await put('v9', body)).status).toBe(404);
    simulator.world.switches.oci.missingBlobs = 'accepted';
    expect((await put('v9', body)).status).toBe(201);
  });

  test('refuses a manifest above the limit with 413', async () => {
    simulator.world.switches.oci.maxManifestBytes = 10;

    expect((await put('v9', '{"layers":[]}')).status).toBe(413);
  });

  test.each([400, 403, 409, 412])(
    'answers %i for another digest of an immutable tag',
    async (status) => {
      Object.assign(simulator.world.switches.oci, {
        immutableTags: status,
        immutablePattern: '^v',
      });
      const index = await call('GET', `${APP}/index`, { headers: ACCEPT_ALL });
      const same = await call('GET', `${APP}/v1`, { headers: ACCEPT_ALL });

      expect((await put('v1', index.bytes, TYPE.ociIndex)).status).toBe(status);
      expect(simulator.world.ociTags('team/app')['v1']).toBe(digestOf('one'));
      expect((await put('v1', same.bytes)).status).toBe(201);
      expect((await put('v2', index.bytes, TYPE.ociIndex)).status).toBe(201);
      expect((await put('latest', index.bytes, TYPE.ociIndex)).status).toBe(201);
    },
  );

  test('does not accept a blob of another repository', async () => {
    const config = await pushBlob(call, 'team/other', 'config');

    expect(codeOf(await put('v9', JSON.stringify({ config })))).toBe('MANIFEST_BLOB_UNKNOWN');
  });
});
