import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../support/docker-registry.ts';
import { eventually, fleetPolicies, fleetSeed, outOfPlace } from '../support/fleet.ts';
import { startRedis } from '../support/redis.ts';
import { startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';

const SIZE = { images: 0, repositories: 2 };
const REPOSITORY = 'shop/app-1';
const TOKEN = 'registry-token-of-more-than-24-bytes';
const MOVED_MS = 10_000;

/** The registry only says where to look: what is there is asked of the account, here one of SWR with the same names. */
describe.skipIf(!hasDockerRegistry())('notifications of a distribution registry', () => {
  let opened: AsyncDisposableStack;
  let simulator: Simulator;
  let service: TagwardenProcess;
  let registry: DockerRegistry;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    const redis = await startRedis();
    opened.defer(async () => await redis.stop());
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    opened.defer(async () => await simulator.close());
    const workspace = await createWorkspace({
      simulator,
      queueUrl: redis.url,
      policies: fleetPolicies('1h'),
      config: {
        log: { level: 'debug' },
        server: {
          port: 0,
          hooksPort: 0,
          hooks: {
            registry: {
              type: 'distribution',
              secret: '${REGISTRY_TOKEN}',
              accounts: ['swr-north'],
              repositories: ['shop/*'],
            },
          },
        },
      },
    });
    opened.defer(async () => await workspace.remove());
    const args = ['run', '--config', workspace.configFile];
    service = startTagwarden(args, { ...KEY_ENV, REGISTRY_TOKEN: TOKEN });
    opened.defer(async () => {
      service.kill('SIGTERM');
      await service.ended;
    });
    const line = await service.waitFor(/hooks listening/);
    const hookUrl = `${/"url":"([^"]+)"/.exec(line)?.[1] ?? ''}/hooks/registry`;
    registry = opened.use(await startDockerRegistry({ hookUrl, token: TOKEN }));
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => outOfPlace(simulator, SIZE).join(),
    );
  }, 60_000);

  afterEach(async () => await opened.disposeAsync());

  const stable = (): string | undefined => simulator.world.repositoryTags(REPOSITORY)['stable'];
  const deliveries = (message: string): number =>
    service.lines.filter((line) => line.includes(message)).length;

  test('move a channel when an image is pushed, and ask for nothing else', async () => {
    const { digest } = simulator.world.setRepositoryTag(REPOSITORY, 'v1.3.0', 'new image');
    // No sweep is due for an hour: without the registry nobody looks.
    await sleep(1_500);
    const before = stable();
    const asked = simulator.requests.list.length;

    await registry.push(REPOSITORY, 'v1.3.0');
    await eventually(
      () => stable() === digest,
      MOVED_MS,
      () => 'the channel did not move',
    );

    const targets = simulator.requests.list.slice(asked).map(({ target }) => target);
    expect(before).not.toBe(digest);
    expect(targets).toContain(REPOSITORY);
    expect(targets.filter((target) => target.includes('app-0'))).toEqual([]);
    // Config and layer are pushed too, each with an event of its own.
    await eventually(
      () => deliveries('delivery needs nothing') === 2,
      MOVED_MS,
      () => 'the events of the blobs did not come',
    );
    expect(deliveries('delivery accepted')).toBe(1);
    expect(deliveries('delivery refused')).toBe(0);
  }, 60_000);

  test('heal a tag when an image is deleted', async () => {
    const released = (): string | undefined =>
      simulator.world.repositoryTags(REPOSITORY)['released'];
    const wanted = released();
    const digest = await registry.push(REPOSITORY, 'released');
    await service.waitFor(/"event":"push".*delivery accepted/);
    await sleep(1_000);
    simulator.world.deleteRepositoryTag(REPOSITORY, 'released');

    await registry.remove(REPOSITORY, digest);
    await eventually(
      () => released() === wanted,
      MOVED_MS,
      () => 'the tag was not healed',
    );

    expect(service.lines.join('\n')).toMatch(/"event":"delete".*delivery accepted/);
  }, 60_000);
});
