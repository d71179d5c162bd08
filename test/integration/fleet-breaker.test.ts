import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import { eventually, fleetSeed, repositoryName } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const REPOSITORIES = 100;
const MAX_DELETES = 120;

/** A retention rule that is wrong about three tags of every repository: 300 deletes. */
const POLICIES = {
  'retention.yaml': `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: retention }
spec:
  mode: sync
  interval: 10s
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  retain: [{ name: old-ci, action: delete, pattern: "ci-.*", olderThan: 30d }]
`,
};

const TAGS = Object.fromEntries(
  ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'ci-1', 'ci-2', 'ci-3'].map((name) => [
    name,
    { digest: name, ageDays: 60 },
  ]),
);

/** Requests of one worker in flight. */
const CONCURRENCY = 10;

describe('three workers with a budget of 120 deletes an hour and 300 to do', () => {
  let simulator: Simulator;
  let workspace: Workspace;
  let redis: Redis;
  const running: TagwardenProcess[] = [];

  beforeEach(async () => {
    const queueUrl = await emptyDatabase(inject('redisUrl'));
    redis = new Redis(queueUrl);
    const seed = z.looseObject({}).parse(fleetSeed({ images: 0, repositories: 0 }));
    const repositories = Array.from({ length: REPOSITORIES }, (_, index) => ({
      name: repositoryName(index),
      tags: TAGS,
    }));
    simulator = await startSimulator({ seed: { ...seed, repositories } });
    workspace = await createWorkspace({
      simulator,
      queueUrl,
      policies: POLICIES,
      config: { guards: { maxDeletesPerHour: MAX_DELETES, maxFleetDeletePercent: 100 } },
      account: { limits: { requestsPerSecond: 1_000, burst: 100, concurrency: CONCURRENCY } },
    });
  });

  afterEach(async () => {
    for (const process of running.splice(0)) process.kill('SIGKILL');
    redis.disconnect();
    await simulator.close();
    await workspace.remove();
  });

  test('the deletes stop at the budget, stay stopped, and the pause says why', async () => {
    for (const role of ['worker', 'worker', 'worker', 'scheduler']) {
      running.push(
        startTagwarden(
          ['run', '--role', role, '--port', '0', '--config', workspace.configFile],
          KEY_ENV,
        ),
      );
    }
    await Promise.all(running.map(async (process) => await process.waitFor(/service started/)));
    const store = createRedisStore({ redis, prefix: '{tags}' });
    const deletes = () =>
      simulator.journal.executed().filter(({ operation }) => operation === 'delete');
    await eventually(
      async () => (await store.pauses()).length > 0,
      60_000,
      () => `no pause after ${deletes().length} deletes`,
    );

    // Another sweep, which plans the same deletes again.
    await sleep(12_000);

    const pauses = await store.pauses();
    expect(deletes().length).toBeLessThanOrEqual(MAX_DELETES);
    // What had taken its share and still waited for its turn is held by the pause.
    expect(deletes().length).toBeGreaterThanOrEqual(MAX_DELETES - 3 * CONCURRENCY);
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toMatchObject({ scope: { type: 'deletes' }, by: 'guard' });
    expect(pauses[0]?.reason).toContain(`guards.maxDeletesPerHour (${MAX_DELETES})`);
  }, 120_000);
});
