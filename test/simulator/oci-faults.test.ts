import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import { ACCEPT_ALL, type CallRegistry, codeOf, sha256, startRegistry, TYPE } from './registry.ts';

const APP = '/v2/team/app';
const INDEX = JSON.stringify({ schemaVersion: 2, mediaType: TYPE.ociIndex, manifests: [] });

let simulator: Simulator;
let call: CallRegistry;

beforeEach(async () => {
  ({ simulator, call } = await startRegistry());
});
afterEach(async () => {
  await simulator.close();
});

/** Every route, with the operation it is known by. */
const ROUTES = [
  ['CheckApi', 'GET', '/v2/'],
  ['GetToken', 'GET', '/token'],
  ['ListTags', 'GET', `${APP}/tags/list`],
  ['GetManifest', 'GET', `${APP}/manifests/v1`],
  ['HeadManifest', 'HEAD', `${APP}/manifests/v1`],
  ['PutManifest', 'PUT', `${APP}/manifests/v1`],
  ['DeleteTag', 'DELETE', `${APP}/manifests/v1`],
  ['DeleteManifest', 'DELETE', `${APP}/manifests/${digestOf('one')}`],
  ['GetBlob', 'GET', `${APP}/blobs/${sha256('x')}`],
  ['HeadBlob', 'HEAD', `${APP}/blobs/${sha256('x')}`],
  ['DeleteBlob', 'DELETE', `${APP}/blobs/${sha256('x')}`],
  ['StartUpload', 'POST', `${APP}/blobs/uploads/`],
  ['MountBlob', 'POST', `${APP}/blobs/uploads/?mount=${sha256('x')}&from=a`],
  ['PatchUpload', 'PATCH', `${APP}/blobs/uploads/1`],
  ['FinishUpload', 'PUT', `${APP}/blobs/uploads/1`],
  ['ReadUpload', 'GET', `${APP}/blobs/uploads/1`],
  ['CancelUpload', 'DELETE', `${APP}/blobs/uploads/1`],
  ['ListReferrers', 'GET', `${APP}/referrers/${sha256('x')}`],
  ['ListCatalog', 'GET', '/v2/_catalog'],
] as const;

describe('faults meet every route of a registry', () => {
  test.each(ROUTES)('%s', async (operation, method, path) => {
    const rule = { service: 'oci', operation } as const;
    simulator.faults.add({ ...rule, kind: 'before' });
    simulator.faults.add({ ...rule, kind: '429', retryAfterS: 2 });
    simulator.faults.add({ ...rule, kind: 'html', status: 502 });
    simulator.faults.add({ ...rule, kind: 'reset' });
    const [before, throttled, html] = [
      await call(method, path),
      await call(method, path),
      await call(method, path),
    ];

    expect(before.status).toBe(503);
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '2']);
    expect([html.status, html.headers.get('content-type')]).toEqual([
      502,
      'text/html; charset=utf-8',
    ]);
    await expect(call(method, path)).rejects.toThrow('fetch failed');
    expect(simulator.world.ociTags('team/app')['v1']).toBe(digestOf('one'));
    expect(simulator.requests.byOperation).toEqual({ [`oci.${operation}`]: 4 });
    expect(simulator.journal.executed()).toEqual([]);
  });
});

test('a throttled call has a code of the specification, and Retry-After only when asked', async () => {
  simulator.faults.add({ kind: '429' });
  simulator.faults.add({ kind: 'status', status: 403 });
  simulator.faults.add({ kind: 'status', status: 500, code: 'BROKEN' });
  const list = async () => await call('GET', `${APP}/tags/list`);
  const [throttled, denied, broken] = [await list(), await list(), await list()];

  expect([codeOf(throttled), throttled.headers.get('retry-after')]).toEqual([
    'TOOMANYREQUESTS',
    null,
  ]);
  expect([codeOf(denied), codeOf(broken)]).toEqual(['DENIED', 'BROKEN']);
});

describe('faults on a push', () => {
  const push = async () =>
    await call('PUT', `${APP}/manifests/v1`, {
      body: INDEX,
      headers: { 'content-type': TYPE.ociIndex },
    });

  test.each<[FaultRule['kind'], boolean]>([
    ['before', false],
    ['after', true],
    ['reset', false],
    ['reset-after', true],
  ])('%s leaves the tag executed: %s', async (kind, executed) => {
    simulator.faults.add({ kind, service: 'oci', operation: 'PutManifest' });
    const status = await push().then(
      (reply) => reply.status,
      () => null,
    );

    expect(simulator.journal.entries).toMatchObject([
      {
        key: 'v1',
        before: digestOf('one'),
        after: executed ? sha256(INDEX) : digestOf('one'),
        executed,
        status,
        fault: kind,
      },
    ]);
  });

  test('hang never answers', async () => {
    simulator.faults.add({ kind: 'hang', operation: 'HeadManifest' });
    const pending = fetch(`${simulator.endpoints.oci}${APP}/manifests/v1`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(200),
    });

    await expect(pending).rejects.toThrow(/timeout/);
  });
});

test('truncate cuts a manifest under an honest length, so that only its digest tells', async () => {
  simulator.faults.add({ kind: 'truncate' });
  const reply = await call('GET', `${APP}/manifests/v1`, { headers: ACCEPT_ALL });

  expect(reply.headers.get('content-length')).toBe(String(reply.bytes.length));
  expect(sha256(reply.bytes)).not.toBe(reply.headers.get('docker-content-digest'));
});

test('a delete by digest that was slow takes the tags it finds, and tells of each', async () => {
  const arrived = Promise.withResolvers<void>();
  const target = /./;
  // Faults are matched when a request comes in, before it waits.
  Object.defineProperty(target, Symbol.search, {
    value: () => {
      arrived.resolve();
      return 0;
    },
  });
  simulator.faults.add({ kind: 'latency', latencyMs: 50, operation: 'DeleteManifest', target });
  const pending = call('DELETE', `${APP}/manifests/${digestOf('one')}`);
  await arrived.promise;
  simulator.world.setOciTag('team/app', 'late', 'one');
  await pending;

  expect(Object.keys(simulator.world.ociTags('team/app'))).toEqual(['v2']);
  expect(simulator.journal.entries.map(({ key }) => key)).toEqual([
    digestOf('one'),
    'v1',
    'latest',
    'late',
  ]);
});
