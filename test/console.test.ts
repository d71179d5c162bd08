import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { createRedisStore } from '../src/store/redis.ts';
import type { Store } from '../src/store/store.ts';
import { runHere } from './cli/run-here.ts';
import { aPause } from './service/service-bench.ts';
import { aRecord, aRun } from './store/samples.ts';
import { fleetPolicies, fleetSeed, imageId } from './support/fleet.ts';
import { emptyDatabase } from './support/redis-database.ts';
import { createWorkspace, KEY_ENV, type Workspace } from './support/workspace.ts';

const IMAGE = { account: 'ims-north', path: imageId(0) };
/** An account that was configured once. */
const GONE = { account: 'aaa-gone', path: 'shop/web' };

describe('openConsole()', () => {
  let opened: AsyncDisposableStack;
  let simulator: Simulator;
  let workspace: Workspace;
  let store: Store;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    const queueUrl = await emptyDatabase(inject('redisUrl'));
    const redis = new Redis(queueUrl);
    opened.defer(async () => void (await redis.quit()));
    store = createRedisStore({ redis, prefix: '{tags}' });
    simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 0 }) });
    opened.defer(async () => await simulator.close());
    workspace = await createWorkspace({ simulator, queueUrl, policies: fleetPolicies() });
    opened.defer(async () => await workspace.remove());
  });

  afterEach(async () => {
    await opened.disposeAsync();
  });

  const operate = async (...argv: string[]) =>
    await runHere([...argv, '--config', workspace.configFile], KEY_ENV);

  /** A run that gave the image its `note`; to take it back is one delete. */
  async function writeRun(): Promise<void> {
    const header = aRun({ target: IMAGE });
    const reasoned = { policy: 'images', rule: 'tags.ensure.note', mode: 'sync', because: 'x' };
    await store.intend(
      header,
      0,
      { ...reasoned, type: 'add', tag: 'note', value: 'n0', replaces: null, mode: 'sync' },
      header.startedAt,
    );
    await store.settle(header.id, 0, { status: 'applied', attempts: 1 });
    await store.endRun(header.id, header.startedAt);
  }

  const note = (): string | undefined => simulator.world.imageTags(IMAGE.path)['note'];

  test('undo takes a write back', async () => {
    await writeRun();

    const undone = await operate('undo', 'run-1');

    expect(undone).toMatchObject({ code: 0 });
    expect(note()).toBeUndefined();
  });

  test('undo does not delete where most tags vanished since the last pass', async () => {
    await writeRun();
    await store.finish(aRecord({ target: IMAGE, baseline: 10 }), null);

    const undone = await operate('undo', 'run-1');

    expect(undone.code).not.toBe(0);
    expect(undone.stdout).toContain('guard countHalved: 4 tags are listed, 10 were there before');
    expect(note()).toBe('n0');
  });

  test.each([
    { by: 'guard', held: true },
    { by: 'cli', held: true },
  ] as const)('undo deletes nothing while all deletes are paused by $by', async ({ by }) => {
    await writeRun();
    await store.pause(aPause({ type: 'deletes' }, { by }));

    await operate('undo', 'run-1');

    expect(note()).toBe('n0');
  });

  test('undo goes on although its target is paused', async () => {
    await writeRun();
    await store.pause(aPause({ type: 'targets', glob: 'ims-north/**' }));

    await operate('undo', 'run-1');

    expect(note()).toBeUndefined();
  });

  test('resume and trigger do not stop at a target whose account is gone', async () => {
    for (const target of [GONE, IMAGE]) await store.finish(aRecord({ target }), null);
    await store.pause(aPause({ type: 'targets', glob: '**' }));

    const resumed = await operate('resume', '--target', '**');
    const triggered = await operate('trigger', '**');

    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('asked for 1 pass') });
    expect(triggered).toMatchObject({
      code: 0,
      stdout: `asked for a pass over ims-north/${IMAGE.path}\n`,
    });
  });

  test('resume says what it did although the policies cannot be read to ask for sweeps', async () => {
    await store.pause(aPause({ type: 'all' }));
    await workspace.writePolicies({ 'bad.yaml': 'kind: Nonsense' });

    const resumed = await operate('resume');

    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stdout).toContain('resumed everything');
    expect(resumed.stderr).toContain('the next sweeps bring them');
    expect(await store.pauses()).toEqual([]);
  });

  test('pause refuses a policy and an account that there is none of', async () => {
    const misspelt = await operate('pause', '--policy', 'imagse');
    const elsewhere = await operate('pause', '--target', 'imz-north/**');
    const meant = await operate('pause', '--policy', 'images');

    expect(misspelt.code).toBe(1);
    expect(misspelt.stderr).toContain('there is no policy "imagse"');
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain('account "imz-north" is not configured');
    expect(meant).toMatchObject({ code: 0, stderr: '' });
  });
});
