import { describe, expect, onTestFinished, test } from 'vitest';
import type { Policy } from '../src/model/policy.ts';
import type { Target } from '../src/model/target.ts';
import { reconcile } from '../src/reconcile.ts';
import { digestOf } from '../src/simulator/tag-record.ts';
import { IMAGE, startCloud, TARGET } from './providers/huawei-ims/support/cloud.ts';
import { aChannel, anImagePolicy, aResourcePolicy, aRetain } from './support/policies.ts';
import { type Bench, swrBench, uhubBench } from './support/provider-bench.ts';

const DAY_MS = 86_400_000;

async function pass(bench: Pick<Bench, 'provider'>, target: Target, policies: readonly Policy[]) {
  return await reconcile(
    bench.provider,
    {
      target,
      policies,
      attributes: { osType: 'Linux' },
      guards: { maxDeletePercent: 30 },
      protect: [],
      baseline: null,
      confirmed: new Set(),
      now: () => new Date(),
      dryRun: false,
    },
    { signal: new AbortController().signal },
  );
}

describe('reconcile() against the simulated clouds', () => {
  test('brings an IMS image at its cap in line, then makes one request', async () => {
    const full = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'x']));
    const cloud = await startCloud({ ...full, Owner: 'me' });
    onTestFinished(() => cloud.close());
    const policy = aResourcePolicy({
      ensure: { os: '{{ image.osType | lower }}' },
      rename: [{ from: 'Owner', to: 'owner' }],
      remove: [{ by: 'glob', glob: 'k0' }],
    });

    const first = await pass(cloud, TARGET, [policy]);
    const requests = cloud.simulator.requests.total;
    const second = await pass(cloud, TARGET, [policy]);

    const { k0: _, ...rest } = full;
    expect(first).toMatchObject({ status: 'drifted', plan: { verdict: { safe: true } } });
    expect(cloud.simulator.world.imageTags(IMAGE)).toEqual({ ...rest, os: 'linux', owner: 'me' });
    expect(second).toMatchObject({ status: 'in-sync' });
    expect(cloud.simulator.requests.total - requests).toBe(1);
  });

  test('puts the old pair back when IMS refuses the add it made room for', async () => {
    const full = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'x']));
    const cloud = await startCloud({ ...full, Owner: 'me' });
    onTestFinished(() => cloud.close());
    cloud.simulator.faults.add({
      kind: 'status',
      status: 400,
      code: 'IMG.0144',
      operation: 'AddImageTag',
    });
    const policy = aResourcePolicy({ rename: [{ from: 'Owner', to: 'owner' }] });

    const report = await pass(cloud, TARGET, [policy]);

    expect(report).toMatchObject({
      performed: [{ outcome: { status: 'skipped' } }, { outcome: { status: 'failed' } }],
    });
    expect(cloud.simulator.world.imageTags(IMAGE)).toEqual({ ...full, Owner: 'me' });
  });

  test('moves an SWR channel with its backup, cleans up, then makes one request', async () => {
    const aged = (digest: string, ageDays: number) => ({ digest, ageDays });
    const bench = await swrBench({
      repositories: [
        {
          name: 'shop/web',
          tags: {
            '1.0.0': aged('one', 40),
            '1.1.0': aged('two', 20),
            stable: aged('one', 40),
            'ci-1': aged('ci', 90),
            'ci-2': aged('ci', 1),
          },
        },
      ],
    });
    const target = { account: 'swr', path: 'shop/web' };
    const policy = anImagePolicy({
      channels: [aChannel({ backup: 'previous', minAgeMs: DAY_MS })],
      retain: [aRetain({ pattern: 'ci-.*', olderThanMs: 30 * DAY_MS })],
    });

    const first = await pass(bench, target, [policy]);
    const requests = bench.simulator.requests.total;
    const second = await pass(bench, target, [policy]);

    expect(first).toMatchObject({ status: 'drifted' });
    expect(bench.simulator.world.repositoryTags('shop/web')).toEqual({
      '1.0.0': digestOf('one'),
      '1.1.0': digestOf('two'),
      stable: digestOf('two'),
      previous: digestOf('one'),
      'ci-2': digestOf('ci'),
    });
    expect(second).toMatchObject({ status: 'in-sync' });
    expect(bench.simulator.requests.total - requests).toBe(1);
  });

  test('swaps two SWR tags through a temporary one and leaves none behind', async () => {
    const bench = await swrBench({
      repositories: [{ name: 'shop/web', tags: { blue: 'one', green: 'two' } }],
    });
    const copies = [
      { from: 'blue', to: 'green', override: true },
      { from: 'green', to: 'blue', override: true },
    ];

    await pass(bench, { account: 'swr', path: 'shop/web' }, [anImagePolicy({ copies })]);

    expect(bench.simulator.world.repositoryTags('shop/web')).toEqual({
      blue: digestOf('two'),
      green: digestOf('one'),
    });
  });

  test('deletes a UHub tag by name, and refuses a copy with the reason', async () => {
    const bench = await uhubBench({
      uhub: [{ repo: 'team', image: 'web', tags: { v1: 'one', 'ci-1': 'one', v2: 'two' } }],
    });
    const target = { account: 'hub', path: 'team/web' };

    const cleaned = await pass(bench, target, [
      anImagePolicy({ retain: [aRetain({ pattern: 'ci-.*' })] }),
    ]);
    const copied = await pass(bench, target, [
      anImagePolicy({ copies: [{ from: 'v1', to: 'v3', override: false }] }),
    ]);

    expect(cleaned).toMatchObject({ performed: [{ outcome: { status: 'applied' } }] });
    expect(bench.simulator.world.uhubTags('team/web')).toEqual({
      v1: digestOf('one'),
      v2: digestOf('two'),
    });
    expect(copied.status).not.toBe('drifted');
  });

  test('decides nothing on a listing that does not come', async () => {
    const bench = await swrBench({ repositories: [{ name: 'shop/web', tags: { 'ci-1': 'one' } }] });

    const report = await pass(bench, { account: 'swr', path: 'shop/gone' }, [
      anImagePolicy({ retain: [aRetain({ pattern: '.*' })] }),
    ]);

    expect(report).toMatchObject({
      status: 'unknown',
      code: 'PROVIDER_NOT_FOUND',
      retriable: false,
    });
  });
});
