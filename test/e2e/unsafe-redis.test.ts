import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { startRedis } from '../support/redis.ts';
import { runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';

describe('an unsafe Redis', () => {
  let simulator: Simulator;

  beforeAll(async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 1 }) });
  });

  afterAll(async () => {
    await simulator.close();
  });

  test.each([
    {
      what: 'evicts',
      server: { maxmemoryPolicy: 'allkeys-lru' },
      queue: {},
      says: 'its maxmemory-policy is allkeys-lru',
    },
    {
      what: 'keeps no append-only file, where one is required',
      server: {},
      queue: { appendOnly: 'require' },
      says: 'it keeps no append-only file',
    },
  ])(
    'is refused by doctor and run when it $what',
    async ({ server, queue, says }) => {
      await using cleanup = new AsyncDisposableStack();
      const redis = cleanup.adopt(await startRedis(server), async (one) => await one.stop());
      const workspace = await createWorkspace({
        simulator,
        queueUrl: redis.url,
        policies: fleetPolicies(),
        config: { queue: { url: redis.url, ...queue } },
      });
      cleanup.defer(async () => await workspace.remove());
      const tagwarden = async (command: string) =>
        await runTagwarden([command, '--config', workspace.configFile], KEY_ENV);

      const checked = await tagwarden('doctor');
      const ran = await tagwarden('run');

      expect(checked.code).toBe(1);
      expect(checked.stdout).toMatch(new RegExp(`^FAIL {2}queue: .*${says}`, 'm'));
      expect(ran.code).toBe(1);
      expect(`${ran.stdout}${ran.stderr}`).toContain(says);
    },
    60_000,
  );
});
