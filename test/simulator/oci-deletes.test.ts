import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import { ACCEPT_ALL, type CallRegistry, codeOf, startRegistry, TYPE } from './registry.ts';

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
        },
      },
    ],
  }));
});
afterEach(async () => {
  await simulator.close();
});

describe('DELETE of a manifest', () => {
  test('by tag takes that name only, and is 404 the second time', async () => {
    const remove = async () => await call('DELETE', `${APP}/v1`);

    expect([(await remove()).status, (await remove()).status]).toEqual([202, 404]);
    expect(simulator.world.ociTags('team/app')).toMatchObject({ latest: digestOf('one') });
    expect(simulator.requests.byOperation).toMatchObject({ 'oci.DeleteTag': 2 });
    expect(simulator.journal.executed()).toMatchObject([
      { operation: 'delete', key: 'v1', before: digestOf('one'), after: null },
    ]);
  });

  test('by digest takes every name of it, and the journal shows each', async () => {
    const one = digestOf('one');
    const remove = async () => await call('DELETE', `${APP}/${one}`);

    expect((await remove()).status).toBe(202);
    expect(Object.keys(simulator.world.ociTags('team/app')).toSorted()).toEqual(['index']);
    expect(simulator.journal.entries).toMatchObject(
      [one, 'v1', 'latest'].map((key) => ({ key, before: one, after: null, executed: true })),
    );
    expect([(await remove()).status, simulator.journal.executed().length]).toEqual([404, 3]);
  });

  test('by digest leaves dangling names by switch, which a push revives', async () => {
    simulator.world.switches.oci.digestDeleteUntags = false;
    const { bytes } = await call('GET', `${APP}/v1`, { headers: ACCEPT_ALL });
    await call('DELETE', `${APP}/${digestOf('one')}`);
    const head = async () => (await call('HEAD', `${APP}/v1`, { headers: ACCEPT_ALL })).status;

    expect((await call('GET', '/v2/team/app/tags/list')).bytes.toString()).toContain('"v1"');
    expect(await head()).toBe(404);
    const headers = { 'content-type': TYPE.ociManifest };
    await call('PUT', `${APP}/again`, { body: bytes, headers });
    expect(await head()).toBe(200);
  });

  test('of a child leaves a broken index', async () => {
    const index = await call('GET', `${APP}/index`, { headers: ACCEPT_ALL });
    const [child] = Object(index.json)['manifests'];

    expect((await call('DELETE', `${APP}/${child.digest}`)).status).toBe(202);
    expect((await call('HEAD', `${APP}/index`, { headers: ACCEPT_ALL })).status).toBe(200);
    expect((await call('HEAD', `${APP}/${child.digest}`, { headers: ACCEPT_ALL })).status).toBe(
      404,
    );
  });

  test.each(['405', '400'] as const)('is refused with %s by switch', async (status) => {
    Object.assign(simulator.world.switches.oci, { tagDelete: status, digestDelete: status });
    const before = simulator.world.ociTags('team/app');

    for (const reference of ['v1', digestOf('one')]) {
      const reply = await call('DELETE', `${APP}/${reference}`);
      expect([reply.status, codeOf(reply)]).toEqual([Number(status), 'UNSUPPORTED']);
    }
    expect(simulator.world.ociTags('team/app')).toEqual(before);
    expect(simulator.journal.executed()).toEqual([]);
  });

  test.each([
    [`/v2/no/such/manifests/v1`, 404],
    [`/v2/no/such/manifests/${digestOf('one')}`, 404],
    [`${APP}/sha256:short`, 400],
  ])('of %s answers %i', async (path, status) => {
    expect((await call('DELETE', path)).status).toBe(status);
  });
});
