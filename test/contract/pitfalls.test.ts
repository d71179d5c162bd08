import { CronExpressionParser } from 'cron-parser';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/model/target.ts';
import { parseSchedule } from '../../src/policy/schedule.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { parseJob } from '../../src/queue/jobs.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import { aChannel, anImagePolicy, aRetain } from '../support/policies.ts';
import { aCopy, aDelete, swrBench, uhubBench } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';
import { onePass } from './one-pass.ts';

const SWR: Target = { account: 'swr', path: 'shop/web' };
const HUB: Target = { account: 'hub', path: 'team/web' };

const cleaning = [anImagePolicy({ retain: [aRetain({ pattern: 'ci-.*' })] })];
const repository = (tags: Record<string, string>) => ({
  repositories: [{ name: 'shop/web', tags }],
});

describe('the pitfalls of the wires', () => {
  test.each(['total-mismatch', 'null-tags', 'truncate'] as const)(
    'partial listing: nothing is deleted on the strength of one (%s)',
    async (kind) => {
      const tags = Object.fromEntries(
        Array.from({ length: 250 }, (_, index) => [`ci-${index}`, `${index}`]),
      );
      const { simulator, provider } = await swrBench(repository(tags));
      simulator.faults.add({ kind, operation: 'ListRepoTags', times: Infinity });

      const report = await onePass(provider, SWR, cleaning);

      expect(report.status).toBe('unknown');
      expect(Object.keys(simulator.world.repositoryTags('shop/web') ?? {})).toHaveLength(250);
    },
  );

  test('UHub empty tag: a delete without a tag name cannot be sent', async () => {
    const seed = { uhub: [{ repo: 'team', image: 'web', tags: { v1: 'one', v2: 'two' } }] };
    const { simulator, provider, signal: calm } = await uhubBench(seed);

    for (const tag of ['', ' ']) {
      await expect(provider.perform(HUB, aDelete({ tag }), freely, calm)).rejects.toThrow('Cannot');
    }

    expect(simulator.requests.total).toBe(0);
    expect(Object.keys(simulator.world.uhubTags('team/web') ?? {})).toEqual(['v1', 'v2']);
  });

  test('explicit override: a name that was free when planned is not overwritten', async () => {
    const {
      simulator,
      provider,
      signal: calm,
    } = await swrBench(repository({ v1: 'one', v2: 'two' }));

    const copy = aCopy({ value: digestOf('one'), replaces: null });
    await expect(provider.perform(SWR, copy, freely, calm)).rejects.toThrow('Cannot');

    expect(simulator.world.repositoryTags('shop/web')).toMatchObject({ v2: digestOf('two') });
  });

  test('cron zones and DST: a schedule has a named zone and runs once a day on both odd days', () => {
    expect(() => parseSchedule.timeZone('+02:00')).toThrow('it is not a time zone');
    for (const [from, first] of [
      ['2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
      ['2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ] as const) {
      const tz = parseSchedule.timeZone('Europe/Berlin');
      const cron = parseSchedule.cron('30 2 * * *');
      const runs = CronExpressionParser.parse(cron, { tz, currentDate: new Date(from) });

      const days = runs.take(3).map((run) => run.toDate().toISOString());

      expect(days[0]).toBe(first);
      expect(new Set(days.map((day) => day.slice(0, 10))).size).toBe(3);
    }
  });

  test('races between list and write: a name that changed meanwhile is planned anew', async () => {
    const { simulator, provider } = await swrBench(
      repository({ '1.0.0': 'one', '1.1.0': 'two', stable: 'one', hand: 'hand' }),
    );
    let raced = false;
    const racing: Provider = {
      ...provider,
      async list(target, calm) {
        const listing = await provider.list(target, calm);
        const foreign = { from: 'hand', tag: 'stable', value: digestOf('hand') };
        if (!raced)
          await provider.perform(target, aCopy({ ...foreign, replaces: 'x' }), freely, calm);
        raced = true;
        return listing;
      },
    };

    const report = await onePass(racing, SWR, [
      anImagePolicy({ channels: [aChannel({ backup: 'old' })] }),
    ]);

    // What was pushed over the channel is no candidate: it is told, and does not become the rollback target.
    expect(report).toMatchObject({
      status: 'drifted',
      plan: { findings: [{ severity: 'warning', message: expect.stringContaining('"old"') }] },
    });
    expect(simulator.world.repositoryTags('shop/web')).toEqual({
      '1.0.0': digestOf('one'),
      '1.1.0': digestOf('two'),
      stable: digestOf('two'),
      hand: digestOf('hand'),
    });
  });

  test('429 in mid-run: the rest of the plan is performed, nothing twice', async () => {
    const { simulator, provider } = await swrBench(
      repository({ 'ci-1': '1', 'ci-2': '2', v1: '3' }),
    );
    simulator.faults.add({ kind: '429', operation: 'DeleteRepoTag', skip: 1, times: 1 });

    const report = await onePass(provider, SWR, cleaning);

    expect(Object.keys(simulator.world.repositoryTags('shop/web') ?? {})).toEqual(['v1']);
    expect(report).toMatchObject({
      performed: [{ outcome: { status: 'applied' } }, { outcome: { status: 'applied' } }],
    });
  });

  test('partial success inside a 200: the code in the body decides, not the status', async () => {
    const seed = { uhub: [{ repo: 'team', image: 'web', tags: { 'ci-1': 'one', v2: 'two' } }] };
    const { simulator, provider } = await uhubBench(seed);
    const operation = 'DeleteRepoImage';
    simulator.faults.add({ kind: 'retcode', code: 230, operation, times: Infinity });

    const report = await onePass(provider, HUB, cleaning);

    expect(report).toMatchObject({ performed: [{ outcome: { status: 'failed' } }] });
    expect(Object.keys(simulator.world.uhubTags('team/web') ?? {})).toEqual(['ci-1', 'v2']);
  });

  test('lying webhooks: a job carries no desired state, whatever was put into it', () => {
    const data = {
      v: 1,
      target: { ...SWR, tags: ['evil'] },
      reason: 'webhook',
      correlationId: 'c',
      revision: 'sha256:1',
      attributes: { name: 'web' },
      observedAt: null,
      operations: [{ type: 'delete', tag: 'stable' }],
      policies: [{ mode: 'sync' }],
      confirmed: ['sha256:x'],
    };

    const payload = parseJob('reconcile', { id: '1', data });

    expect(Object.keys(payload).toSorted()).toEqual(
      ['attributes', 'correlationId', 'observedAt', 'reason', 'revision', 'target', 'v'].toSorted(),
    );
    expect(payload.target).toEqual(SWR);
  });
});
