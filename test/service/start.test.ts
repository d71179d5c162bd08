import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/model/history.ts';
import type { Store } from '../../src/store/store.ts';
import { eventually, imageId, outOfPlace, repositoryName, writeKey } from '../support/fleet.ts';
import { aPause } from './service-bench.ts';
import { scrape, serviceFleet } from './service-fleet.ts';

const SIZE = { images: 40, repositories: 20 };
const TARGETS = SIZE.images + SIZE.repositories;

describe('startService() with its store on Redis', () => {
  const fleet = serviceFleet({ size: SIZE, interval: '10s' });

  const converged = async (timeoutMs = 30_000): Promise<number> => {
    const { simulator } = fleet();
    return await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      timeoutMs,
      () => `${outOfPlace(simulator, SIZE).length} targets are not in place`,
    );
  };

  test('startService() records every write in a run with the digest of its plan', async () => {
    const { simulator, store, start } = fleet();
    simulator.faults.random({ rate: 0.1, kinds: ['before', 'after'], seed: 3 });
    const { service, lines } = await start();

    await converged();
    simulator.faults.clear();
    await service.stop(5_000);

    const runs = await allRuns(store);
    const recorded = new Set(
      runs.flatMap(({ target, operations }) =>
        operations.map(({ operation: { type, tag } }) => `${target.path} ${type} ${tag}`),
      ),
    );
    const written = simulator.journal.executed().map(writeKey);
    const digests = new Set(runs.map(({ planDigest }) => planDigest));
    const logged = lines.filter(({ msg }) => msg === 'operation');
    expect(written.length).toBeGreaterThanOrEqual(TARGETS * 3);
    expect(written.filter((key) => !recorded.has(key))).toEqual([]);
    expect([...digests].filter((digest) => !/^sha256:[0-9a-f]{64}$/.test(digest))).toEqual([]);
    expect(runs.filter(({ endedAt }) => endedAt === null)).toEqual([]);
    expect(logged.filter(({ run_id: id }) => !runs.some((run) => run.id === id))).toEqual([]);
    expect(logged.length).toBeGreaterThanOrEqual(TARGETS * 3);
  }, 60_000);

  test('startService() stops writing within 2 s of a pause on all workers, plans on, and converges after it', async () => {
    const { simulator, store, start } = fleet();
    simulator.faults.latencyMs = 150;
    const [one] = await Promise.all([start(), start({}, ['worker'])]);
    await eventually(
      () => simulator.journal.executed().length > 10,
      10_000,
      () => 'no writes came',
    );

    await store.pause(aPause({ type: 'all' }));
    const pausedAt = Date.now();
    await sleep(4_000);
    const open = outOfPlace(simulator, SIZE).length;
    const reads = (): number =>
      simulator.requests.list.filter(({ at }) => at > pausedAt + 2_000).length;
    // Sweeps go on, and look at what is out of place.
    await eventually(
      () => reads() > open,
      40_000,
      () => `${reads()} reads while ${open} targets are held`,
    );
    const lastWrite = simulator.journal.executed().at(-1)?.at ?? 0;
    const paused = await scrape(one.service, 'tagwarden_paused');
    const failed = await scrape(one.service, 'tagwarden_queue_jobs');
    await store.resume({ type: 'all' });
    await converged();

    console.log(`pause: last write ${Math.max(0, lastWrite - pausedAt)} ms after it, ${open} held`);
    expect(lastWrite - pausedAt).toBeLessThan(2_000);
    expect(open).toBeGreaterThan(0);
    expect(paused['{scope="all"}']).toBe(1);
    const states = Object.entries(failed).filter(([labels]) => labels.includes('"failed"'));
    expect(states.map(([, count]) => count)).toEqual(states.map(() => 0));
  }, 90_000);

  test('startService() stays paused after a restart of everything', async () => {
    const { simulator, store, start } = fleet();
    await store.pause(aPause({ type: 'all' }));

    const first = await start();
    await first.service.stop(1_000);
    simulator.requests.reset();
    await start();
    await eventually(
      () => simulator.requests.count('ims', 'ListImageTags') >= SIZE.images,
      20_000,
      () => 'nothing was planned',
    );

    expect(simulator.journal.entries).toEqual([]);
  }, 60_000);

  test('startService() stays paused by its configuration although Redis loses everything', async () => {
    const { simulator, redis, store, start } = fleet();
    const pause = [{ policy: 'images', reason: 'audit' }];
    await store.pause(aPause({ type: 'policy', policy: 'repositories' }));
    const { service } = await start({ pause });
    await eventually(
      () => simulator.requests.count('ims', 'ListImageTags') >= SIZE.images,
      20_000,
      () => 'nothing was planned',
    );
    const before = simulator.journal.entries.length;

    await redis.flushdb();
    await eventually(
      () => repositoriesDone(outOfPlace(simulator, SIZE)),
      40_000,
      () => 'the pause of the store outlived it',
    );
    const touched = simulator.journal.entries.filter(({ service: cloud }) => cloud === 'ims');
    const paused = await scrape(service, 'tagwarden_paused');

    expect(before).toBe(0);
    expect(touched).toEqual([]);
    expect(paused).toEqual({
      '{scope="all"}': 0,
      '{scope="policy"}': 1,
      '{scope="targets"}': 0,
      '{scope="deletes"}': 0,
    });
  }, 90_000);

  test('startService() leaves a quarantined target alone, and counts the targets by state', async () => {
    const { simulator, store, start } = fleet();
    const target = { account: 'ims-north', path: imageId(7) };
    await store.quarantine(target, new Date(Date.now() + 3_600_000));

    const { service } = await start();
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 1,
      30_000,
      () => `${outOfPlace(simulator, SIZE).length} targets are not in place`,
    );
    const states = await scrape(service, 'tagwarden_targets');

    expect(outOfPlace(simulator, SIZE)).toEqual([imageId(7)]);
    expect(states['{state="quarantined"}']).toBe(1);
    expect(states['{state="in_sync"}']).toBeGreaterThan(TARGETS / 2);
    expect(states['{state="unknown"}']).toBe(0);
  }, 60_000);

  test('startService() takes no new job 100 ms after stop(), lets the passes in hand end and repeats nothing', async () => {
    const { simulator, start } = fleet();
    simulator.faults.latencyMs = 300;
    const { service, lines } = await start();
    await eventually(
      () => simulator.journal.executed().length > 10,
      10_000,
      () => 'no writes came',
    );

    const stopping = service.stop(18_000);
    const stoppedAt = Date.now();
    await stopping;
    const tookMs = Date.now() - stoppedAt;
    const firstSeen = new Map<string, number>();
    for (const { target, at } of simulator.requests.list)
      if (!firstSeen.has(target)) firstSeen.set(target, at);
    const late = [...firstSeen].filter(
      ([, at]) => at > stoppedAt + 100 + simulator.faults.latencyMs,
    );
    const pending = lines.filter(({ msg, level }) => msg === 'operation' && Number(level) > 30);
    simulator.faults.latencyMs = 0;
    await start();
    await converged();

    const writes = simulator.journal.executed().map(writeKey);
    console.log(`stop: ${tookMs} ms, ${late.length} targets begun late, ${writes.length} writes`);
    expect(late).toEqual([]);
    expect(pending).toEqual([]);
    expect(tookMs).toBeLessThan(25_000);
    expect(writes).toHaveLength(TARGETS * 3);
  }, 90_000);

  test('startService() knows every target in sync after one sweep, and has written nothing twice', async () => {
    const { simulator, store, start } = fleet();
    const { service } = await start();
    await converged();
    // A write is there a moment before the report that speaks of it.
    const known = async () =>
      await store.targets({ status: 'in-sync', account: null, after: null, limit: 100 });
    await eventually(
      async () => (await known()).items.length === TARGETS,
      10_000,
      () => 'the reports of some targets are missing',
    );

    const { items } = await store.targets({ status: null, account: null, after: null, limit: 100 });

    expect(items).toHaveLength(TARGETS);
    expect(items.map(({ status }) => status)).toEqual(items.map(() => 'in-sync'));
    expect(await store.takeOverdue({ now: new Date(), limit: 1, againMs: 1 })).toEqual([]);
    expect(await scrape(service, 'tagwarden_targets')).toMatchObject({
      '{state="in_sync"}': TARGETS,
    });
    expect(simulator.journal.executed()).toHaveLength(TARGETS * 3);
  }, 60_000);
});

describe('startService() with its store in the embedded queue', () => {
  const small = { images: 10, repositories: 5 };
  const fleet = serviceFleet({ size: small, interval: '10s', kind: 'embedded' });

  test('startService() converges, counts its targets and obeys a pause of the configuration', async () => {
    const { simulator, start } = fleet();
    const pause = [{ targets: 'swr-north/**', reason: 'migration' }];

    const { service } = await start({ pause });
    await eventually(
      () => outOfPlace(simulator, small).length === small.repositories,
      40_000,
      () => `${outOfPlace(simulator, small).length} targets are not in place`,
    );
    await sleep(1_000);
    const states = await scrape(service, 'tagwarden_targets');

    expect(outOfPlace(simulator, small)).toEqual(
      Array.from({ length: small.repositories }, (_, index) => repositoryName(index)),
    );
    expect(states).toEqual({
      '{state="in_sync"}': small.images,
      '{state="paused"}': small.repositories,
      '{state="drifted"}': 0,
      '{state="pending"}': 0,
      '{state="error"}': 0,
      '{state="unknown"}': 0,
      '{state="guarded"}': 0,
      '{state="quarantined"}': 0,
    });
  }, 90_000);
});

function repositoriesDone(wrong: readonly string[]): boolean {
  return wrong.length > 0 && wrong.every((path) => !path.startsWith('shop/'));
}

async function allRuns(store: Store): Promise<readonly Run[]> {
  const runs: Run[] = [];
  let after: string | null = null;
  do {
    const page = await store.runs({ target: null, after, limit: 100 });
    runs.push(...page.items);
    after = page.next;
  } while (after !== null);
  return runs;
}
