import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually, fleetPolicies, fleetSeed, imageId, outOfPlace } from '../support/fleet.ts';
import { startRedis } from '../support/redis.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { runTagwarden, startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 10, repositories: 5 };

describe.each(['embedded', 'redis'])('tagwarden run on the %s queue', (kind) => {
  let simulator: Simulator;
  let workspace: Workspace;
  let service: TagwardenProcess | null = null;

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    workspace = await createWorkspace({
      simulator,
      queueUrl: kind === 'redis' ? await emptyDatabase(inject('redisUrl')) : 'embedded:./queue',
      policies: fleetPolicies('10s'),
    });
  });

  afterEach(async () => {
    service?.kill('SIGKILL');
    await simulator.close();
    await workspace.remove();
  });

  const start = async (): Promise<string> => {
    service = startTagwarden(['run', '--config', workspace.configFile], KEY_ENV);
    const line = await service.waitFor(/service started/);
    return /"url":"([^"]+)"/.exec(line)?.[1] ?? '';
  };

  test('reconciles, heals drift, answers its probes, drains on SIGTERM and exits 0', async () => {
    const url = await start();
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => outOfPlace(simulator, SIZE).join(),
    );
    simulator.world.setImageTag(imageId(3), 'stage', 'drifted');
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => 'the drift was not healed',
    );

    const probes = await Promise.all(
      ['/livez', '/readyz', '/metrics'].map(async (path) => await fetch(`${url}${path}`)),
    );
    const metrics = (await probes[2]?.text()) ?? '';
    service?.kill('SIGTERM');
    const code = await service?.ended;

    expect(probes.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(metrics).toMatch(/tagwarden_ops_total\{registry="ims-north",op="add",result="ok"\} 2\d/);
    expect(code).toBe(0);
    expect(service?.errors).toEqual([]);
  }, 90_000);

  test('a policy file that breaks keeps the last good set in force and says so', async () => {
    await start();
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => outOfPlace(simulator, SIZE).join(),
    );
    await workspace.writePolicies({ 'images.yaml': 'kind: [broken' });
    await service?.waitFor(/policy set refused/);
    simulator.world.setImageTag(imageId(2), 'stage', 'drifted');

    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => 'the last good set was not applied',
    );

    const log = service?.lines.join('\n') ?? '';
    expect(log).toContain('images.yaml');
  }, 90_000);
});

describe('tagwarden run', () => {
  test('refuses a Redis whose eviction policy may drop jobs, and names the remedy', async () => {
    const simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    const redis = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
    const workspace = await createWorkspace({
      simulator,
      queueUrl: redis.url,
      policies: fleetPolicies(),
    });

    const run = await runTagwarden(['run', '--config', workspace.configFile], KEY_ENV);
    await Promise.all([simulator.close(), redis.stop(), workspace.remove()]);

    expect(run.code).toBe(1);
    expect(run.stderr).toContain('noeviction');
  }, 30_000);

  test('run leaves compiled code to the next start, also when it is killed', async () => {
    const simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    const queueUrl = await emptyDatabase(inject('redisUrl'));
    const policies = fleetPolicies('10s');
    const workspace = await createWorkspace({ simulator, queueUrl, policies });
    const cache = join(dirname(workspace.configFile), 'cache');
    await mkdir(cache);
    const args = ['run', '--config', workspace.configFile];
    const run = startTagwarden(args, { ...KEY_ENV, NODE_COMPILE_CACHE: cache });
    await run.waitFor(/service started/);

    const count = async () => (await readdir(cache, { recursive: true })).length;
    await eventually(
      async () => (await count()) > 100,
      30_000,
      () => 'nothing was compiled',
    );
    run.kill('SIGKILL');
    await Promise.all([run.ended, simulator.close()]);
    const left = await count();
    await workspace.remove();

    expect(left).toBeGreaterThan(100);
  }, 60_000);

  test('demo --once converges and exits 0', async () => {
    const run = await runTagwarden(['demo', '--once']);

    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/Converged: \d+ targets in sync/);
    expect(run.code).toBe(0);
  }, 60_000);

  test('simulate serves until SIGTERM', async () => {
    const run = startTagwarden(['simulate', '--port', '0']);
    const line = await run.waitFor(/endpoints/);
    const control = /"control":"([^"]+)"/.exec(line)?.[1] ?? '';

    const { status } = await fetch(`${control}/healthz`);
    await sleep(10);
    run.kill('SIGTERM');

    expect(status).toBe(200);
    expect(await run.ended).toBe(0);
  }, 30_000);
});
