import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import {
  ACCEPT_ALL,
  type CallRegistry,
  codeOf,
  pushBlob,
  sha256,
  startRegistry,
} from './registry.ts';

const UPLOADS = '/v2/team/app/blobs/uploads/';

let simulator: Simulator;
let call: CallRegistry;

beforeEach(async () => {
  ({ simulator, call } = await startRegistry());
});
afterEach(async () => {
  await simulator.close();
});

async function begin(): Promise<string> {
  const reply = await call('POST', UPLOADS);
  expect([reply.status, reply.headers.get('range')]).toEqual([202, '0-0']);
  return reply.headers.get('location') ?? '';
}

describe('uploads', () => {
  test('take chunks in order, tell how far they are, and end with the digest', async () => {
    const place = await begin();
    const patch = async (body: string, range: string) =>
      await call('PATCH', place, { body, headers: { 'content-range': range } });

    expect((await patch('hello', '0-4')).headers.get('range')).toBe('0-4');
    expect((await patch('x', '3-3')).status).toBe(416);
    const status = await call('GET', place);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-4']);
    const end = await call('PUT', `${place}&digest=${sha256('hello world')}`, { body: ' world' });

    expect(end.status).toBe(201);
    const blob = await call('GET', end.headers.get('location') ?? '');
    expect(blob.bytes.toString()).toBe('hello world');
    expect(blob.headers.get('docker-content-digest')).toBe(sha256('hello world'));
    expect((await call('PUT', `${place}&digest=${sha256('')}`)).status).toBe(404);
  });

  test('take a whole blob in one POST', async () => {
    const post = async (digest: string) =>
      await call('POST', `${UPLOADS}?digest=${digest}`, { body: 'whole' });

    expect((await post(sha256('whole'))).status).toBe(201);
    expect(codeOf(await post(sha256('other')))).toBe('DIGEST_INVALID');
  });

  test('are refused with another digest, after the end, and in another repository', async () => {
    const place = await begin();
    const elsewhere = place.replace('team/app', 'team/other');

    expect(codeOf(await call('PUT', `${place}&digest=${sha256('x')}`, { body: 'y' }))).toBe(
      'DIGEST_INVALID',
    );
    expect(codeOf(await call('GET', elsewhere))).toBe('BLOB_UPLOAD_UNKNOWN');
    expect((await call('DELETE', place)).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      expect((await call(method, place)).status).toBe(404);
    }
  });

  test('have absolute locations by switch', async () => {
    simulator.world.switches.oci.location = 'absolute';

    expect(await begin()).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });

  test('change no name: the journal stays empty', async () => {
    await pushBlob(call, 'team/app', 'x');

    expect(simulator.journal.entries).toEqual([]);
    expect(simulator.requests.byOperation).toEqual({ 'oci.StartUpload': 1, 'oci.FinishUpload': 1 });
  });
});

describe('blobs', () => {
  test('HEAD has the length, an unknown one is 404', async () => {
    const { digest } = await pushBlob(call, 'team/app', 'hello');
    const head = async (path: string) => await call('HEAD', `/v2/${path}`);

    expect((await head(`team/app/blobs/${digest}`)).headers.get('content-length')).toBe('5');
    expect((await head(`team/app/blobs/${sha256('none')}`)).status).toBe(404);
    expect((await head(`no/such/blobs/${digest}`)).status).toBe(404);
    expect((await head('team/app/blobs/sha256:short')).status).toBe(400);
  });

  test('are mounted from another repository, or uploaded when that does not work', async () => {
    const { digest } = await pushBlob(call, 'team/app', 'shared');
    simulator.world.addOciRepository({ name: 'team/other' });
    const mount = async (from: string) =>
      await call('POST', `/v2/team/other/blobs/uploads/?mount=${digest}&from=${from}`);

    expect((await mount('no/such')).status).toBe(202);
    expect((await call('HEAD', `/v2/team/other/blobs/${digest}`)).status).toBe(404);
    expect((await mount('team/app')).status).toBe(201);
    expect((await call('HEAD', `/v2/team/other/blobs/${digest}`)).status).toBe(200);
    simulator.world.switches.oci.mount = false;
    expect((await mount('team/app')).status).toBe(202);
    expect(simulator.requests.byOperation).toMatchObject({ 'oci.MountBlob': 3 });
  });

  test('are deleted once, unless that is switched off', async () => {
    simulator.world.addOciRepository({ name: 'team/app' });
    const { digest } = await pushBlob(call, 'team/app', 'x');
    const remove = async () => (await call('DELETE', `/v2/team/app/blobs/${digest}`)).status;

    simulator.world.switches.oci.digestDelete = '405';
    expect(await remove()).toBe(405);
    simulator.world.switches.oci.digestDelete = 'allowed';
    expect([await remove(), await remove()]).toEqual([202, 404]);
    expect((await call('DELETE', `/v2/no/such/blobs/${digest}`)).status).toBe(404);
  });

  test('come from another origin by switch, which takes no Authorization', async () => {
    simulator.world.switches.oci.blobRedirect = true;
    const { digest } = await pushBlob(call, 'team/app', 'hello');
    const away = await call('GET', `/v2/team/app/blobs/${digest}`);
    const location = away.headers.get('location') ?? '';
    // The port is bound on the address only; the name may lead to another one.
    const local = location.replace('localhost', '127.0.0.1');

    expect([away.status, new URL(location).hostname]).toEqual([307, 'localhost']);
    expect((await call('GET', local)).bytes.toString()).toBe('hello');
    expect((await call('GET', local, { headers: { authorization: 'Bearer x' } })).status).toBe(400);
    expect((await call('GET', local.replace(digest, sha256('none')))).status).toBe(404);
  });

  test('of a size of their own are seeded', async () => {
    simulator.world.setOciTag('team/app', 'big', { digest: 'big', image: { layerBytes: 50_000 } });
    const manifest = await call('GET', '/v2/team/app/manifests/big', { headers: ACCEPT_ALL });
    const [layer] = Object(manifest.json)['layers'];
    const blob = await call('GET', `/v2/team/app/blobs/${layer.digest}`);

    expect(blob.bytes).toHaveLength(50_000);
    expect(sha256(blob.bytes)).toBe(layer.digest);
  });
});
