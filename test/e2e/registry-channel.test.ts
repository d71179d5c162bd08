import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFront } from '../contract/registry-front.ts';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../support/docker-registry.ts';
import { eventually } from '../support/fleet.ts';
import { startRedis } from '../support/redis.ts';
import { createPusher, type ImagePusher } from '../support/registry-images.ts';
import { startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, NOWHERE } from '../support/workspace.ts';

const REPOSITORY = 'shop/web';
const OTHER = 'shop/other';
const TOKEN = 'registry-token-of-more-than-24-bytes';
const MOVED_MS = 30_000;
const POLICY = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: channels }
spec:
  mode: sync
  interval: 1h
  targets: [{ account: mirror, repositories: ["shop/*"] }]
  channels: [{ tag: stable, select: { semver: ">=1.0.0" }, backup: previous }]
`;

/** One registry throughout: it says that something was pushed, is asked what it holds, and is written to. */
describe.skipIf(!hasDockerRegistry())('a service with an account of a real registry', () => {
  let opened: AsyncDisposableStack;
  let service: TagwardenProcess;
  let registry: DockerRegistry;
  let images: ImagePusher;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    const redis = await startRedis();
    opened.defer(async () => await redis.stop());
    let hooks = '';
    // The registry wants to know where to send to before the service is there.
    const relay = opened.use(await startFront(() => hooks));
    registry = opened.use(
      await startDockerRegistry({ hookUrl: `${relay.url}/hooks/registry`, token: TOKEN }),
    );
    images = createPusher(registry.url);
    for (const path of [REPOSITORY, OTHER]) await images.image(path, '1.0.0', { path });
    const workspace = await createWorkspace({
      simulator: { endpoints: NOWHERE },
      queueUrl: redis.url,
      policies: { 'channels.yaml': POLICY },
      config: {
        log: { level: 'debug' },
        accounts: {
          mirror: { provider: 'oci', endpoint: registry.url, auth: { anonymous: true } },
        },
        server: {
          port: 0,
          hooksPort: 0,
          hooks: {
            registry: {
              type: 'distribution',
              secret: '${REGISTRY_TOKEN}',
              accounts: ['mirror'],
              repositories: ['shop/*'],
            },
          },
        },
      },
    });
    opened.defer(async () => await workspace.remove());
    service = startTagwarden(['run', '--config', workspace.configFile], { REGISTRY_TOKEN: TOKEN });
    opened.defer(async () => {
      service.kill('SIGTERM');
      await service.ended;
    });
    hooks = /"url":"([^"]+)"/.exec(await service.waitFor(/hooks listening/))?.[1] ?? '';
  }, 120_000);

  afterEach(async () => await opened.disposeAsync());

  const tagsOf = async (path: string): Promise<Record<string, string>> => {
    const names = await images.tags(path);
    const digests = await Promise.all(names.map(async (name) => await images.digest(path, name)));
    return Object.fromEntries(names.map((name, index) => [name, digests[index] ?? 'none']));
  };
  const stableOf = async (path: string) => (await tagsOf(path))['stable'] ?? null;

  test('moves a channel as soon as an image is pushed, and rests afterwards', async () => {
    const first = await images.digest(REPOSITORY, '1.0.0');
    for (const path of [REPOSITORY, OTHER]) {
      await eventually(
        async () => (await stableOf(path)) === (await images.digest(path, '1.0.0')),
        MOVED_MS,
        () =>
          `the first sweep did not bind stable of ${path}: ${service.lines.slice(-5).join('\n')}`,
      );
    }
    const other = await tagsOf(OTHER);

    const second = await images.image(REPOSITORY, '1.1.0', { path: 'new' });
    await eventually(
      async () => (await stableOf(REPOSITORY)) === second,
      MOVED_MS,
      () => `the channel did not move: ${service.lines.slice(-5).join('\n')}`,
    );

    const moved = { '1.0.0': first, '1.1.0': second, stable: second, previous: first };
    expect(await tagsOf(REPOSITORY)).toEqual(moved);
    expect(await tagsOf(OTHER)).toEqual(other);
    // The service is told of its own writes too, looks, and finds nothing to do.
    await eventually(
      () => service.lines.some((line) => /"mirror\/shop\/web".*target in sync/.test(line)),
      MOVED_MS,
      () => `nothing came to rest: ${service.lines.slice(-5).join('\n')}`,
    );
    expect(await tagsOf(REPOSITORY)).toEqual(moved);
    expect(service.lines.join('\n')).toMatch(/"event":"push".*delivery accepted/);
  }, 120_000);
});
