import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import {
  ACCEPT_ALL,
  type CallRegistry,
  pushBlob,
  pushImage,
  sha256,
  TYPE,
  toCaller,
} from './registry.ts';
import { CREDENTIALS, callUhub, createHuaweiCaller } from './wire.ts';

const WEB = '/v2/manage/namespaces/shop/repos/web/tags';

let simulator: Simulator;
let swr: Awaited<ReturnType<typeof createHuaweiCaller>>;
let swrRegistry: CallRegistry;
let uhubRegistry: CallRegistry;

beforeEach(async () => {
  const platforms = ['linux/amd64', 'linux/arm64'];
  const tags = { v1: 'one', latest: 'one', v2: { digest: 'two', image: { platforms } } };
  simulator = await startSimulator({
    seed: {
      credentials: CREDENTIALS,
      repositories: [{ name: 'shop/web', tags }],
      uhub: [{ repo: 'team', image: 'web', tags }],
      switches: {
        uhub: { digest: true },
        swrRegistry: { auth: 'none' },
        uhubRegistry: { auth: 'none' },
      },
    },
  });
  swr = await createHuaweiCaller(simulator, simulator.endpoints.swr);
  swrRegistry = toCaller(simulator.endpoints.swrRegistry);
  uhubRegistry = toCaller(simulator.endpoints.uhubRegistry);
});
afterEach(async () => {
  await simulator.close();
});

/** Tag names with digests as the registry shows them. */
async function readAll(call: CallRegistry, name: string): Promise<Record<string, string | null>> {
  const list = await call('GET', `/v2/${name}/tags/list`);
  const tags: string[] = Object(list.json)['tags'];
  const entries = tags.map(async (tag) => {
    const head = await call('HEAD', `/v2/${name}/manifests/${tag}`, { headers: ACCEPT_ALL });
    return [tag, head.headers.get('docker-content-digest')] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function swrRows(): Promise<Record<string, unknown>[]> {
  const { json } = await swr('GET', WEB);
  return Array.isArray(json) ? json.map((row) => Object(row)) : [];
}

const swrDigests = async () =>
  Object.fromEntries((await swrRows()).map((row) => [row['Tag'], row['digest']]));

async function uhubDigests(): Promise<unknown> {
  const { json } = await callUhub(simulator, {
    Action: 'GetImageTag',
    RepoName: 'team',
    ImageName: 'web',
  });
  const rows: Record<string, string>[] = Object(json)['TagSet'];
  return Object.fromEntries(rows.map((row) => [row['TagName'], row['Digest']]));
}

describe('SWR and its registry', () => {
  test('show the same digests, and the kind and config of the real manifest', async () => {
    const index = await swrRegistry('GET', '/v2/shop/web/manifests/v2', { headers: ACCEPT_ALL });
    const image = await swrRegistry('GET', '/v2/shop/web/manifests/v1', { headers: ACCEPT_ALL });
    const rows = Object.fromEntries((await swrRows()).map((row) => [row['Tag'], row]));

    expect(await readAll(swrRegistry, 'shop/web')).toEqual(await swrDigests());
    expect(sha256(index.bytes)).toBe(rows['v2']?.['digest']);
    expect([rows['v1']?.['tag_type'], rows['v2']?.['tag_type']]).toEqual([0, 1]);
    expect(`sha256:${rows['v1']?.['image_id']}`).toBe(Object(image.json)['config'].digest);
  });

  test('a push shows in the list; copy and delete of the list show in the registry', async () => {
    const pushed = await pushImage(swrRegistry, { name: 'shop/web', reference: 'pushed' });
    expect((await swrDigests())['pushed']).toBe(pushed.digest);

    const body = { source_tag: 'pushed', destination_tag: 'v1', override: true };
    expect((await swr('POST', WEB, body)).status).toBe(201);
    expect((await swr('DELETE', `${WEB}/pushed`)).status).toBe(204);
    const left = await readAll(swrRegistry, 'shop/web');
    expect(left).toEqual(await swrDigests());
    expect([left['v1'], left['latest'], left['pushed']]).toEqual([
      pushed.digest,
      digestOf('one'),
      undefined,
    ]);
    const read = await swrRegistry('GET', '/v2/shop/web/manifests/v1', { headers: ACCEPT_ALL });
    expect(read.bytes.equals(pushed.bytes)).toBe(true);
    expect(simulator.journal.executed()).toMatchObject([
      { service: 'swr-registry', operation: 'add', key: 'pushed', after: pushed.digest },
      { service: 'swr', operation: 'copy', key: 'v1', after: pushed.digest },
      { service: 'swr', operation: 'delete', key: 'pushed', after: null },
    ]);
  });

  test('siblings survive a delete, unless the switch says otherwise', async () => {
    const seen = async () =>
      (
        await swrRegistry('HEAD', `/v2/shop/web/manifests/${digestOf('one')}`, {
          headers: ACCEPT_ALL,
        })
      ).status;
    simulator.world.setRepositoryTag('shop/web', 'extra', 'one');

    await swr('DELETE', `${WEB}/extra`);
    expect([Object.keys(await swrDigests()).length, await seen()]).toEqual([3, 200]);
    simulator.world.switches.swr.deleteTakesSiblings = true;
    await swr('DELETE', `${WEB}/v1`);

    expect([Object.keys(await swrDigests()), await seen()]).toEqual([['v2'], 404]);
    expect(simulator.journal.executed()).toMatchObject([
      { key: 'extra' },
      { key: 'v1', before: digestOf('one'), after: null },
      { key: 'latest', before: digestOf('one'), after: null },
    ]);
    expect((await swr('DELETE', `${WEB}/v1`)).status).toBe(404);
  });

  test('a push makes a repository of an organization that exists', async () => {
    await pushImage(swrRegistry, { name: 'shop/new/app', reference: 'v1' });

    expect(simulator.world.repositories.has('shop/new/app')).toBe(true);
    await expect(pushBlob(swrRegistry, 'nobody/app', 'x')).rejects.toThrow('404');
    const text = JSON.stringify({ manifests: [] });
    const reply = await swrRegistry('PUT', '/v2/nobody/app/manifests/v1', {
      body: text,
      headers: { 'content-type': TYPE.ociIndex },
    });
    expect(reply.status).toBe(404);
    expect((await swrRegistry('GET', '/v2/_catalog')).json).toEqual({
      repositories: ['shop/new/app', 'shop/web'],
    });
  });

  test('a repository that is removed takes its content with it', async () => {
    simulator.world.removeRepository('shop/web');
    simulator.world.addRepository({ name: 'shop/web' });
    const path = `/v2/shop/web/manifests/${digestOf('one')}`;

    expect((await swrRegistry('HEAD', path, { headers: ACCEPT_ALL })).status).toBe(404);
  });
});

describe('UHub and its registry', () => {
  test('a tag is copied through the registry and deleted through the API', async () => {
    const path = '/v2/team/web/manifests';
    const source = await uhubRegistry('GET', `${path}/v2`, { headers: ACCEPT_ALL });
    const copied = await uhubRegistry('PUT', `${path}/stable`, {
      body: source.bytes,
      headers: { 'content-type': TYPE.ociIndex },
    });

    expect(copied.status).toBe(201);
    expect(await uhubDigests()).toEqual(await readAll(uhubRegistry, 'team/web'));
    expect(simulator.world.uhubTags('team/web')['stable']).toBe(sha256(source.bytes));
    for (const reference of ['stable', sha256(source.bytes)]) {
      expect((await uhubRegistry('DELETE', `${path}/${reference}`)).status).toBe(405);
    }
    await callUhub(simulator, {
      Action: 'DeleteRepoImage',
      RepoName: 'team',
      ImageName: 'web',
      TagName: 'stable',
    });
    expect(await readAll(uhubRegistry, 'team/web')).toEqual(await uhubDigests());
    expect(Object(await uhubDigests())).not.toHaveProperty('stable');
  });

  test('a push makes an image of a repository that exists; a wiped image is gone', async () => {
    await pushImage(uhubRegistry, { name: 'team/new', reference: 'v1' });
    await expect(pushBlob(uhubRegistry, 'nobody/app', 'x')).rejects.toThrow('404');
    const text = JSON.stringify({ manifests: [] });
    const headers = { 'content-type': TYPE.ociIndex };
    const reply = await uhubRegistry('PUT', '/v2/nobody/app/manifests/v1', { body: text, headers });
    await callUhub(simulator, { Action: 'DeleteRepoImage', RepoName: 'team', ImageName: 'web' });

    expect(reply.status).toBe(404);
    expect((await uhubRegistry('GET', '/v2/_catalog')).json).toEqual({
      repositories: ['team/new'],
    });
    expect((await uhubRegistry('GET', '/v2/team/web/tags/list')).status).toBe(404);
  });
});

test('the three registries share bytes, and no repository', async () => {
  const { digest } = await pushImage(swrRegistry, { name: 'shop/web', reference: 'only' });

  expect(
    (await uhubRegistry('HEAD', `/v2/team/web/manifests/${digest}`, { headers: ACCEPT_ALL }))
      .status,
  ).toBe(404);
});

test('a seed gives the same digests in every world and every cloud', async () => {
  const tags = {
    a: 'label',
    b: { digest: 'label', image: { ageDays: 3, annotations: { x: 'y' } } },
  };
  const again = await startSimulator({
    now: () => Date.UTC(2026, 0, 4),
    seed: { oci: [{ name: 'x', tags }], uhub: [{ repo: 'x', image: 'y', tags }] },
  });
  await again.close();
  const { a, b } = again.world.ociTags('x');

  expect(again.world.uhubTags('x/y')).toEqual({ a, b });
  expect(a).toBe(digestOf('label'));
  expect(b).not.toBe(a);
  const manifest = again.world.library.readManifest(b ?? '')?.bytes.toString() ?? '{}';
  const config = again.world.library.readBlob(JSON.parse(manifest).config.digest)?.bytes;
  expect(JSON.parse(manifest).annotations).toEqual({ x: 'y' });
  expect(JSON.parse(config?.toString() ?? '{}').created).toBe('2026-01-01T00:00:00.000Z');
});
