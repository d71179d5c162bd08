import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually, fleetPolicies, fleetSeed, imageId, outOfPlace } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { runTagwarden, startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 6, repositories: 4 };
const TARGETS = SIZE.images + SIZE.repositories;
/** A pause holds on every worker within this. */
const PAUSE_MS = 2_000;

const StatusDocument = z.object({
  paused: z.array(z.object({ by: z.string(), reason: z.string() })),
  summary: z.object({ targets: z.number(), in_sync: z.number() }),
  targets: z.array(z.object({ target: z.string(), status: z.string(), pending: z.number() })),
});
const HistoryDocument = z.object({
  runs: z.array(
    z.object({
      run: z.string(),
      target: z.string(),
      cause: z.string(),
      digest: z.string(),
      operations: z.array(
        z.object({
          type: z.string(),
          tag: z.string(),
          policy: z.string(),
          outcome: z.object({ status: z.string() }),
        }),
      ),
    }),
  ),
});

describe('commands that operate a running service', () => {
  let simulator: Simulator;
  let workspace: Workspace;
  let service: TagwardenProcess;

  beforeAll(async () => {
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
    workspace = await createWorkspace({
      simulator,
      queueUrl: await emptyDatabase(inject('redisUrl')),
      policies: fleetPolicies('10s'),
    });
    service = startTagwarden(['run', '--config', workspace.configFile], KEY_ENV);
    await inPlace();
  }, 60_000);

  afterAll(async () => {
    service.kill('SIGKILL');
    await service.ended;
    await simulator.close();
    await workspace.remove();
  });

  const inPlace = async (): Promise<number> =>
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      30_000,
      () => outOfPlace(simulator, SIZE).join(),
    );
  const operate = async (...args: string[]) =>
    await runTagwarden([...args, '--config', workspace.configFile], KEY_ENV);
  const status = async () =>
    StatusDocument.parse(JSON.parse((await operate('status', '--output', 'json')).stdout));
  const history = async (...args: string[]) =>
    HistoryDocument.parse(
      JSON.parse((await operate('history', '--output', 'json', ...args)).stdout),
    );

  test('status counts every target, history explains every write', async () => {
    await eventually(
      async () => (await status()).summary.in_sync === TARGETS,
      20_000,
      () => 'status does not show the fleet in sync',
    );
    const { runs } = await history('--limit', '100');
    const writes = runs.flatMap(({ operations }) => operations);

    expect(writes).toHaveLength(TARGETS * 3);
    expect(new Set(writes.map(({ outcome }) => outcome.status))).toEqual(new Set(['applied']));
    expect(new Set(writes.map(({ policy }) => policy))).toEqual(
      new Set(['images', 'repositories']),
    );
    expect(runs.every(({ digest }) => digest.startsWith('sha256:'))).toBe(true);
  }, 40_000);

  test('history answers why a tag was deleted', async () => {
    const asked = await operate('history', 'swr-north/shop/app-1', '--tag', 'ci-1');

    expect(asked.code).toBe(0);
    expect(asked.stdout).toMatch(/- ci-1 .*applied\n\s+repositories retain\[\d\]: .*30d/);
  });

  test('pause holds writes within two seconds while planning goes on; resume heals at once', async () => {
    const paused = await operate('pause', '--reason', 'maintenance');
    await sleep(PAUSE_MS);
    simulator.world.setImageTag(imageId(1), 'stage', 'drifted');
    await operate('trigger', `ims-north/${imageId(1)}`);
    await eventually(
      async () => (await status()).targets.some(({ pending }) => pending > 0),
      15_000,
      () => 'the drift was not planned',
    );

    expect(paused.stdout).toMatch(/paused everything\npaused: everything, by cli since .*: maint/);
    expect((await status()).paused).toMatchObject([{ by: 'cli', reason: 'maintenance' }]);
    expect(outOfPlace(simulator, SIZE)).toHaveLength(1);

    const resumed = await operate('resume');

    expect(resumed.stdout).toBe('resumed everything; asked for 2 sweeps\nnothing is paused');
    await inPlace();
  }, 60_000);

  test('undo takes a run back, once its target is paused so that no policy repeats it', async () => {
    const target = `ims-north/${imageId(2)}`;
    await operate('pause', '--target', target);
    await sleep(PAUSE_MS);
    const { runs } = await history(target);
    const run = runs.at(-1)?.run ?? '';

    const shown = await operate('undo', run, '--dry-run');
    const undone = await operate('undo', run);

    expect(shown.stdout).toMatch(/3 operations|stage/);
    expect(undone).toMatchObject({ code: 0 });
    expect(simulator.world.imageTags(imageId(2))).toMatchObject({ stage: 'dev' });
    expect((await history('--limit', '1')).runs).toMatchObject([{ target, cause: 'undo' }]);

    await operate('resume', '--target', target);
    await inPlace();
  }, 60_000);

  test('says what it cannot find', async () => {
    expect(await operate('undo', 'nope')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cannot undo run "nope": it is not remembered'),
    });
    expect(await operate('trigger', 'hub/*/x')).toMatchObject({ code: 1 });
    expect(await operate('trigger', 'nowhere/x')).toMatchObject({ code: 1 });
    expect(await operate('pause', '--deletes', '--policy', 'images')).toMatchObject({ code: 64 });
    expect((await operate('resume', '--policy', 'images')).stdout).toContain('nothing to resume');
    expect(await operate('history', '--run', 'nope')).toMatchObject({ code: 1 });
  }, 30_000);
});
