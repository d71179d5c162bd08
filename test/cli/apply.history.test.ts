import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import { fleetPolicies, fleetSeed, imageId } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';
import { runHere } from './run-here.ts';

describe('apply() beside a store', () => {
  let simulator: Simulator;
  const opened: Workspace[] = [];

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: 2, repositories: 1 }) });
  });

  afterEach(async () => {
    await simulator.close();
    for (const workspace of opened.splice(0)) await workspace.remove();
  });

  async function aCommandLine(queueUrl: string) {
    const workspace = await createWorkspace({ simulator, queueUrl, policies: fleetPolicies() });
    opened.push(workspace);
    return async (...args: readonly string[]) =>
      await runHere([...args, '--config', workspace.configFile], KEY_ENV);
  }

  test('apply() leaves a run for each target it wrote to, which undo takes back, paused through the API or not', async () => {
    const url = await emptyDatabase(inject('redisUrl'));
    const tagwarden = await aCommandLine(url);
    await using _paused = await pausedByApi(url);

    const applied = await tagwarden('apply');
    const again = await tagwarden('apply');
    const history = await tagwarden('history', '--output', 'json');
    const { runs } = JSON.parse(history.stdout);
    const target = `ims-north/${imageId(0)}`;
    const run = runs.find((one: { target: string }) => one.target === target);
    const undone = await tagwarden('undo', run.run);

    expect([applied.code, again.code, undone.code]).toEqual([0, 0, 0]);
    expect(applied.stderr).toBe('');
    expect(runs).toHaveLength(3);
    expect(run).toMatchObject({ cause: 'manual' });
    expect(run.correlation_id).toMatch(/^cli:/);
    expect(run.ended_at).not.toBeNull();
    expect(JSON.stringify(run.operations)).toContain('"status":"applied"');
  }, 60_000);

  /** As POST /pauses leaves it. */
  async function pausedByApi(url: string): Promise<AsyncDisposable> {
    const redis = new Redis(url);
    const store = createRedisStore({ redis, prefix: '{tags}' });
    await store.pause({ scope: { type: 'all' }, reason: 'r', by: 'api', since: new Date() });
    return { [Symbol.asyncDispose]: async () => void (await redis.quit()) };
  }

  test('apply() is not held up by a store that is away, and says so once', async () => {
    const tagwarden = await aCommandLine('redis://127.0.0.1:1');

    const { code, stderr } = await tagwarden('apply');

    expect(code).toBe(0);
    expect(stderr.match(/^warning: history will not show all of this: /gm)).toHaveLength(1);
    expect(simulator.journal.entries.length).toBeGreaterThan(3);
  }, 60_000);
});
