import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { sha256 } from './registry.ts';
import { hasSkopeo, skopeo } from './skopeo.ts';
import { CREDENTIALS } from './wire.ts';

const LOGIN = 'robot:pw';
const SLOW_MS = 120_000;

/** An independent client: it knows the specification, not us. */
describe.runIf(hasSkopeo())('skopeo', { timeout: SLOW_MS }, () => {
  let simulator: Simulator;
  let folder = '';
  let registry = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tagwarden-skopeo-'));
    const platforms = ['linux/amd64', 'linux/arm64/v8'];
    simulator = await startSimulator({
      seed: {
        credentials: { ...CREDENTIALS, oci: [{ username: 'robot', password: 'pw' }] },
        repositories: [{ name: 'shop/web', tags: { v1: 'one' } }],
        oci: [
          {
            name: 'team/app',
            tags: {
              one: 'one',
              big: {
                digest: 'big',
                image: { layerBytes: 100_000, created: '2025-05-05T05:05:05Z' },
              },
              index: { digest: 'index', image: { platforms } },
              list: { digest: 'list', image: { platforms, format: 'docker' } },
            },
          },
        ],
        switches: { oci: { auth: 'bearer' } },
      },
    });
    registry = `docker://${new URL(simulator.endpoints.oci).host}`;
  });
  afterAll(async () => {
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  });

  const creds = ['--tls-verify=false', `--creds=${LOGIN}`];
  const copyWithin = async (from: string, to: string, ...options: string[]) =>
    await skopeo(
      'copy',
      ...options,
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `--src-creds=${LOGIN}`,
      `--dest-creds=${LOGIN}`,
      `${registry}/${from}`,
      `${registry}/${to}`,
    );

  test('inspects a seeded image: digest, build time, tags', async () => {
    const found = JSON.parse(await skopeo('inspect', ...creds, `${registry}/team/app:big`));

    expect(found).toMatchObject({
      Digest: simulator.world.ociTags('team/app')['big'],
      Created: '2025-05-05T05:05:05Z',
      RepoTags: ['big', 'index', 'list', 'one'],
      Os: 'linux',
      Architecture: 'amd64',
    });
  });

  test.each(['one', 'index', 'list'])('reads the very bytes of %s', async (tag) => {
    const raw = await skopeo('inspect', '--raw', ...creds, `${registry}/team/app:${tag}`);

    expect(sha256(raw)).toBe(simulator.world.ociTags('team/app')[tag]);
  });

  test.each(['index', 'list'])(
    'copies %s to another repository with all its platforms, lists and deletes it',
    async (tag) => {
      await copyWithin(`team/app:${tag}`, `copy/${tag}:v1`, '--all');
      const name = `copy/${tag}`;

      expect(simulator.world.ociTags(name)).toEqual({
        v1: simulator.world.ociTags('team/app')[tag],
      });
      expect(JSON.parse(await skopeo('list-tags', ...creds, `${registry}/${name}`)).Tags).toEqual([
        'v1',
      ]);
      await skopeo('delete', ...creds, `${registry}/${name}:v1`);
      expect(simulator.world.ociTags(name)).toEqual({});
    },
  );

  test('takes an image out and pushes it into another cloud under the same digest', async () => {
    const layout = join(folder, 'layout');
    await skopeo(
      'copy',
      '--src-tls-verify=false',
      `--src-creds=${LOGIN}`,
      `${registry}/team/app:one`,
      `oci:${layout}:one`,
    );
    const swr = `docker://${new URL(simulator.endpoints.swrRegistry).host}/shop/web`;
    const password = '4471a9ce1b3feab72ec943d5ee161aa11b5ca01d906756a8299edc08b537e3d3';
    await skopeo(
      'copy',
      '--dest-tls-verify=false',
      `--dest-creds=cn-north-4@AKIDEXAMPLE0000000A:${password}`,
      `oci:${layout}:one`,
      `${swr}:pushed`,
    );
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));

    expect(simulator.world.repositoryTags('shop/web')['pushed']).toBe(index.manifests[0].digest);
    expect(index.manifests[0].digest).toBe(simulator.world.ociTags('team/app')['one']);
    expect(simulator.journal.executed()).toContainEqual(
      expect.objectContaining({ service: 'swr-registry', target: 'shop/web', key: 'pushed' }),
    );
  });

  test('is refused without a login, and where deletes are off', async () => {
    await expect(
      skopeo('inspect', '--tls-verify=false', '--no-creds', `${registry}/team/app:one`),
    ).rejects.toThrow(/unauthorized|authentication required/);
    simulator.world.switches.oci.digestDelete = '405';

    await expect(skopeo('delete', ...creds, `${registry}/team/app:one`)).rejects.toThrow(
      /unsupported|405/i,
    );
    expect(simulator.world.ociTags('team/app')).toHaveProperty('one');
  });
});
