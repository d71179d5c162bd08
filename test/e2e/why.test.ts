import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import type { Store } from '../../src/store/store.ts';
import { fleetPolicies } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { runTagwarden } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const OPERATIONS = 8_000;
const TARGET = { account: 'swr-north', path: 'shop/web' };
const NOWHERE = 'http://127.0.0.1:9';

function aDelete(at: number): Operation {
  const why = { policy: 'shop', rule: 'retain[0]', mode: 'sync' } as const;
  const fate = { replaces: `sha256:${at}`, makesRoomFor: null, because: 'older than 30 days' };
  return { type: 'delete', tag: `tag-${at}`, ...why, ...fate };
}

/** 8,000 deletes at one target, in runs of so many each, the first the oldest. */
async function remember(store: Store, perRun: number): Promise<void> {
  for (let run = 0; run * perRun < OPERATIONS; run += 1) {
    const startedAt = new Date(1_780_000_000_000 + run * 1_000);
    const header = {
      id: `run-${run}`,
      target: TARGET,
      startedAt,
      cause: 'webhook',
      correlationId: `delivery-${run}`,
      revision: 'git:main@0123456789abcdef',
      planDigest: `sha256:feed${run}`,
    } as const;
    await Promise.all(
      Array.from({ length: perRun }, async (_, seq) => {
        await store.intend(header, seq, aDelete(run * perRun + seq), startedAt);
        await store.settle(header.id, seq, { status: 'applied', attempts: 1 });
      }),
    );
    await store.endRun(header.id, startedAt);
  }
}

/** R24: "why was tag X deleted?" is one command. */
describe.each([8_000, 50, 1])('history at 8,000 operations, %i a run', (perRun) => {
  let workspace: Workspace;
  let redis: Redis;

  beforeAll(async () => {
    const queueUrl = await emptyDatabase(inject('redisUrl'), 9);
    redis = new Redis(queueUrl);
    await remember(createRedisStore({ redis, prefix: '{tags}' }), perRun);
    workspace = await createWorkspace({
      simulator: {
        endpoints: { iam: NOWHERE, ims: NOWHERE, swr: NOWHERE, uhub: NOWHERE, control: NOWHERE },
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
