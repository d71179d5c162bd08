import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import {
  ACCEPT_ALL,
  type CallRegistry,
  nextOf,
  pushImage,
  sha256,
  startRegistry,
  TYPE,
} from './registry.ts';

const APP = '/v2/team/app';

let simulator: Simulator;
let call: CallRegistry;

beforeEach(async () => {
  ({ simulator, call } = await startRegistry({
    oci: [
      {
        name: 'team/app',
        tags: {
          plain: 'plain',
          signed: {
            digest: 'signed',
            image: { platforms: ['linux/amd64'], signed: ['referrers', 'fallback', 'tag'] },
          },
        },
      },
    ],
  }));
});
afterEach(async () => {
  await simulator.close();
});

const digestOfTag = (tag: string): string => simulator.world.ociTags('team/app')[tag] ?? '';
const referrersOf = async (digest: string, query = '') =>
  await call('GET', `${APP}/referrers/${digest}${query}`);
const listed = (json: unknown): { digest: string; size: number; artifactType: string }[] =>
  Object(json)['manifests'];

test('a signed image has a referrer, a fallback index and a signature tag', async () => {
  const subject = digestOfTag('signed');
  const reply = await referrersOf(subject);
  const [referrer] = listed(reply.json);
  const manifest = await call('GET', `${APP}/manifests/${referrer?.digest}`, {
    headers: ACCEPT_ALL,
  });
  const fallback = await call('GET', `${APP}/manifests/${subject.replace(':', '-')}`, {
    headers: ACCEPT_ALL,
  });

  expect(reply.headers.get('content-type')).toBe(TYPE.ociIndex);
  expect(listed(reply.json)).toHaveLength(1);
  expect([sha256(manifest.bytes), manifest.bytes.length]).toEqual([
    referrer?.digest,
    referrer?.size,
  ]);
  expect(Object(manifest.json)['subject']).toMatchObject({
    digest: subject,
    mediaType: TYPE.ociIndex,
  });
  expect(listed(fallback.json)).toEqual(listed(reply.json));
  expect(Object.keys(simulator.world.ociTags('team/app'))).toContain(
    `${subject.replace(':', '-')}.sig`,
  );
  for (const { digest } of Object(manifest.json)['layers']) {
    expect((await call('HEAD', `${APP}/blobs/${digest}`)).status).toBe(200);
  }
});

test('an image without a signature has none, and a malformed digest is refused', async () => {
  expect(listed((await referrersOf(digestOfTag('plain'))).json)).toEqual([]);
  expect(listed((await call('GET', `/v2/no/such/referrers/${sha256('x')}`)).json)).toEqual([]);
  expect((await referrersOf('sha256:short')).status).toBe(400);
});

test('a pushed subject is told with OCI-Subject, found by type and in pages, and gone when deleted', async () => {
  const subject = digestOfTag('plain');
  const push = async (artifactType: string) => {
    const body = JSON.stringify({
      artifactType,
      subject: { digest: subject },
      annotations: { a: 'b' },
    });
    const headers = { 'content-type': TYPE.ociManifest };
    return await call('PUT', `${APP}/manifests/${sha256(body)}`, { body, headers });
  };
  const replies = [await push('type/a'), await push('type/b')];
  const byType = await referrersOf(subject, '?artifactType=type/b');

  expect(replies.map(({ headers }) => headers.get('oci-subject'))).toEqual([subject, subject]);
  expect(listed((await referrersOf(subject)).json)).toMatchObject([
    { artifactType: 'type/a', annotations: { a: 'b' } },
    { artifactType: 'type/b' },
  ]);
  expect(listed(byType.json)).toMatchObject([{ artifactType: 'type/b' }]);
  expect(byType.headers.get('oci-filters-applied')).toBe('artifactType');

  simulator.world.switches.oci.referrersFilter = false;
  const unfiltered = await referrersOf(subject, '?artifactType=type/b');
  expect([listed(unfiltered.json).length, unfiltered.headers.get('oci-filters-applied')]).toEqual([
    2,
    null,
  ]);

  simulator.world.switches.oci.referrersPage = 1;
  const first = await referrersOf(subject);
  const second = await call('GET', nextOf(first) ?? '');
  expect([listed(first.json).length, listed(second.json).length, nextOf(second)]).toEqual([
    1,
    1,
    null,
  ]);

  const [gone] = listed(first.json);
  expect((await call('DELETE', `${APP}/manifests/${gone?.digest}`)).status).toBe(202);
  expect(listed((await referrersOf(subject)).json)).toMatchObject([{ artifactType: 'type/b' }]);
});

test('the API is off by switch: 404, and a push has no OCI-Subject', async () => {
  simulator.world.switches.oci.referrers = false;
  const body = JSON.stringify({ subject: { digest: digestOfTag('plain') } });
  const headers = { 'content-type': TYPE.ociManifest };
  const pushed = await call('PUT', `${APP}/manifests/sig`, { body, headers });

  expect((await referrersOf(digestOfTag('signed'))).status).toBe(404);
  expect([pushed.status, pushed.headers.get('oci-subject')]).toEqual([201, null]);
});

test('a config type stands in for a missing artifact type', async () => {
  const { digest } = await pushImage(call, { name: 'team/app', reference: 'other' });
  const { json } = await call('GET', `${APP}/manifests/${digest}`, { headers: ACCEPT_ALL });
  const body = JSON.stringify({ ...Object(json), subject: { digest: digestOfTag('plain') } });
  await call('PUT', `${APP}/manifests/x`, { body, headers: { 'content-type': TYPE.ociManifest } });

  expect(listed((await referrersOf(digestOfTag('plain'))).json)).toMatchObject([
    { artifactType: 'application/octet-stream' },
  ]);
});
