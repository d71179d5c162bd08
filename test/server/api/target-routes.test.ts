import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { RunsBody, TargetBody, TargetsBody } from '../../../src/api/schemas.ts';
import type { TargetRecord } from '../../../src/model/history.ts';
import { targetKey } from '../../../src/model/target.ts';
import { storeBench } from '../../service/service-bench.ts';
import { aRecord, aRun } from '../../store/samples.ts';
import { anImagePolicy } from '../../support/policies.ts';
import { NOW, serveApi } from './api-bench.ts';

const path = (index: number): string => `shop/app-${String(index).padStart(4, '0')}`;
const swr = (index: number): TargetRecord['target'] => ({
  account: 'swr-north',
  path: path(index),
});

describe('TARGET_ROUTES', () => {
  const newStore = storeBench();

  async function filled(count: number) {
    const store = newStore();
    for (let index = 0; index < count; index += 1) {
      const status = index % 3 === 0 ? 'drifted' : 'in-sync';
      await store.finish(aRecord({ target: swr(index), status }), null);
    }
    await store.finish(aRecord({ target: { account: 'ims-north', path: 'image-1' } }), null);
    const set = {
      revision: 'sha256:1',
      tests: [],
      policies: [
        anImagePolicy({
          name: 'shop',
          targets: [{ account: 'swr-north', repositories: ['shop/app-000*'], exclude: [] }],
        }),
      ],
    } as const;
    return { store, bench: await serveApi({ store, set }) };
  }

  test.each([
    { query: '', wanted: 26 },
    { query: 'status=drifted', wanted: 9 },
    { query: 'account=ims-north', wanted: 1 },
    { query: 'glob=swr-north/shop/app-001*', wanted: 10 },
    { query: 'glob=**/*5', wanted: 2 },
    { query: 'policy=shop', wanted: 10 },
    { query: 'policy=shop&status=drifted&glob=**/app-000[0-3]', wanted: 2 },
    { query: 'glob=nowhere/**', wanted: 0 },
  ])(
    'a walk over "$query" meets $wanted targets, each once and in order',
    async ({ query, wanted }) => {
      const { bench } = await filled(25);
      const met: string[] = [];

      let cursor: string | null = '';
      while (cursor !== null) {
        const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const answer = await bench.ask(`/targets?limit=4&${query}${next}`);
        const page: z.infer<typeof TargetsBody> = TargetsBody.parse(await answer.json());
        expect(page.items.length).toBeLessThanOrEqual(4);
        met.push(...page.items.map(({ target }) => target));
        cursor = page.next;
      }

      expect(met).toHaveLength(wanted);
      expect(met).toEqual([...new Set(met)].sort());
    },
  );

  test('a cursor of other filters is refused', async () => {
    const { bench } = await filled(6);
    const { next } = TargetsBody.parse(await (await bench.ask('/targets?limit=2')).json());

    const answer = await bench.ask(`/targets?limit=2&status=drifted&cursor=${next}`);

    expect(answer.status).toBe(422);
  });

  test('a target is found under its encoded key, with everything its record holds', async () => {
    const { store, bench } = await filled(1);
    await store.quarantine(swr(0), new Date(NOW.getTime() + 60_000));

    const answer = await bench.ask(`/targets/${encodeURIComponent(targetKey(swr(0)))}`);

    const body = TargetBody.parse(await answer.json());
    expect(body).toMatchObject({ target: 'swr-north/shop/app-0000', status: 'drifted' });
    const stalled = body.conditions.find(({ type }) => type === 'Stalled');
    expect(stalled).toMatchObject({ status: 'True', reason: 'Quarantined' });
  });

  test('a release ends the quarantine', async () => {
    const { store, bench } = await filled(1);
    await store.quarantine(swr(0), new Date(NOW.getTime() + 60_000));
    const place = `/targets/${encodeURIComponent(targetKey(swr(0)))}/quarantine`;

    const answer = await bench.ask(place, { method: 'DELETE' });

    expect(answer.status).toBe(204);
    expect(await store.quarantined(NOW)).toEqual([]);
  });

  test('the history of a target holds its runs alone', async () => {
    const { store, bench } = await filled(2);
    for (const index of [0, 1]) {
      const run = aRun({ id: `run-${index}`, target: swr(index) });
      await store.intend(
        run,
        0,
        {
          type: 'delete',
          tag: 'old',
          policy: 'shop',
          rule: 'retain[0]',
          mode: 'sync',
          because: 'old',
          replaces: null,
          makesRoomFor: null,
        },
        run.startedAt,
      );
    }

    const answer = await bench.ask(
      `/targets/${encodeURIComponent(targetKey(swr(1)))}/history?limit=1`,
    );
    const all = RunsBody.parse(await (await bench.ask('/runs')).json());

    const { items } = RunsBody.parse(await answer.json());
    expect(items.map(({ run }) => run)).toEqual(['run-1']);
    expect(all.items).toHaveLength(2);
  });
});
