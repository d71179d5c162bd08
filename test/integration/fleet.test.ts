import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually, fleetPolicies, fleetSeed, outOfPlace, writeKey } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { runTagwarden, startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 500, repositories: 200 };
const TARGETS = SIZE.images + SIZE.repositories;
const WRITES_PER_TARGET = 3;

const Plan = z.object({
  plans: z.array(
    z.object({
      target: z.string(),
      operations: z.array(z.object({ type: z.string(), tag: z.string() })),
    }),
  ),
});

describe('three workers on real Redis with 10 % of calls failing', () => {
  let simulator: Simulator;
  let workspace: Workspace;
  const running: TagwardenProcess[] = [];

  beforeEach(async () => {
    const queueUrl = await emptyDatabase(inject('redisUrl'));
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    workspace = await createWorkspace({
      simulator,
      queueUrl,
      policies: fleetPolicies('20s'),
      config: { guards: { maxDeletesPerHour: 10_000, maxFleetDeletePercent: 100 } },
      account: { limits: { requestsPerSecond: 2_000, burst: 500, concurrency: 20 } },
    });
  });

  afterEach(async () => {
    for (const process of running.splice(0)) process.kill('SIGKILL');
    await simulator.close();
    await workspace.remove();
  });

  const start = (role: string): TagwardenProcess => {
    const process = startTagwarden(
      ['run', '--role', role, '--port', '0', '--config', workspace.configFile],
      KEY_ENV,
    );
    running.push(process);
    return process;
  };

  const planned = async (): Promise<ReadonlySet<string>> => {
    const { stdout } = await runTagwarden(
      ['plan', '--output', 'json', '--config', workspace.configFile],
      KEY_ENV,
    );
    return new Set(
      Plan.parse(JSON.parse(stdout)).plans.flatMap(({ target, operations }) =>
        operations.map(
          ({ type, tag }) => `${target.slice(target.indexOf('/') + 1)} ${type} ${tag}`,
        ),
      ),
    );
  };

  test('every target ends as its policies say, every write stands in a plan, the second sweep writes nothing', async () => {
    const justified = await planned();
    simulator.faults.random({ rate: 0.1, kinds: ['before', 'after'], seed: 7 });
    const workers = ['worker', 'worker', 'worker'].map(start);
    await Promise.all(workers.map(async (worker) => await worker.waitFor(/service started/)));

    start('scheduler');
    const convergedMs = await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      90_000,
      () => `${outOfPlace(simulator, SIZE).length} targets are not in place`,
    );
    simulator.faults.clear();
    // What was in flight when the last target fell into place may still read, but has nothing left to write.
    const writes = simulator.journal.executed();
    const strays = writes.map(writeKey).filter((key) => !justified.has(key));
    simulator.requests.reset();
    simulator.journal.reset();
    // Images in sync need no pass; when a third sweep asks for them, the second is over.
    await eventually(
      () =>
        simulator.requests.count('ims', 'ListImageByTags') >= 3 &&
        simulator.requests.count('swr', 'ListRepoTags') >= SIZE.repositories,
      60_000,
      () => `second sweep: ${JSON.stringify(simulator.requests.byOperation)}`,
    );

    expect(justified.size).toBe(TARGETS * WRITES_PER_TARGET);
    expect(strays).toEqual([]);
    expect(new Set(writes.map(writeKey))).toEqual(justified);
    expect(simulator.journal.entries).toEqual([]);
    console.log(
      `fleet: ${TARGETS} targets in ${(convergedMs / 1_000).toFixed(1)} s, ` +
        `${writes.length} writes executed of ${justified.size} needed`,
    );
  }, 240_000);

  test('a worker killed in mid-apply: its target converges through another one in under 30 s', async () => {
    simulator.faults.latencyMs = 200;
    const [victim, other] = [start('worker'), start('worker')];
    await Promise.all(
      [victim, other].map(async (worker) => await worker.waitFor(/service started/)),
    );
    start('scheduler');
    await eventually(
      () => simulator.journal.executed().length >= 20,
      30_000,
      () => 'no writes came',
    );

    victim.kill('SIGKILL');
    simulator.faults.latencyMs = 0;
    const healedMs = await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      60_000,
      () => `${outOfPlace(simulator, SIZE).length} targets are not in place`,
    );

    expect(healedMs).toBeLessThan(30_000);
    console.log(`kill -9: all targets in place ${(healedMs / 1_000).toFixed(1)} s after it`);
  }, 120_000);
});
