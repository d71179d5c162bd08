import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createRedisStore } from '../../src/store/redis.ts';
import { fleetPolicies } from '../support/fleet.ts';
import { loadedPackages, SPIED } from '../support/import-spy.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { OPERATIONS, remember } from '../support/remember.ts';
import { runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, NOWHERE, type Workspace } from '../support/workspace.ts';

/** R24: "why was tag X deleted?" is one command. */
describe.each([8_000, 50, 1])('history at 8,000 operations, %i a run', (perRun) => {
  let workspace: Workspace;
  let redis: Redis;

  beforeAll(async () => {
    const queueUrl = await emptyDatabase(inject('redisUrl'));
    redis = new Redis(queueUrl);
    await remember(createRedisStore({ redis, prefix: '{tags}' }), perRun);
    workspace = await createWorkspace({
      simulator: {
        endpoints: NOWHERE,
      },
      queueUrl,
      policies: fleetPolicies('10s'),
    });
  }, 60_000);

  afterAll(async () => {
    await redis.flushdb();
    redis.disconnect();
    await workspace.remove();
  });

  test('one command tells delivery, commit, policy, rule, plan, operation and result', async () => {
    const args = ['history', 'swr-north/shop/web', '--tag', 'tag-17', '--config'];
    const since = performance.now();

    const { code, stdout } = await runTagwarden([...args, workspace.configFile], KEY_ENV);

    const tookMs = Math.round(performance.now() - since);
    process.stderr.write(
      `history --tag at ${OPERATIONS} operations, ${perRun} a run: ${tookMs} ms\n`,
    );
    const run = Math.floor(17 / perRun);
    expect(code).toBe(0);
    expect(stdout).toContain(`asked for by delivery-${run}, plan sha256:feed${run}`);
    expect(stdout).toMatch(/webhook, policies \S*0123456789/);
    expect(stdout).toContain('shop retain[0]: older than 30 days');
    expect(stdout).toMatch(/- tag-17 +.*(?:deleted|applied)/);
    expect(stdout.match(/asked for by/g)).toHaveLength(1);
    // A second is the promise on a machine that is left alone.
    expect(tookMs).toBeLessThan(5_000);
  }, 30_000);
});

describe('history', () => {
  test('loads neither BullMQ nor what talks to clouds or serves, which takes longer than the answer', async () => {
    const queueUrl = await emptyDatabase(inject('redisUrl'));
    const options = { simulator: { endpoints: NOWHERE }, queueUrl, policies: fleetPolicies('10s') };
    const workspace = await createWorkspace(options);

    const { code, stderr } = await runTagwarden(['history', '--config', workspace.configFile], {
      ...KEY_ENV,
      ...SPIED,
    });
    await workspace.remove();

    const loaded = loadedPackages(stderr);
    expect(code).toBe(0);
    expect(loaded).toContain('ioredis');
    expect(loaded).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(?:bullmq|undici|fastify|pino|@electric-sql)/),
      ]),
    );
  }, 30_000);
});
