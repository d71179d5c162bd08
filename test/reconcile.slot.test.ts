import { describe, expect, test, vi } from 'vitest';
import { createLeaseBook } from '../src/queue/lease.ts';
import { reconcile } from '../src/reconcile.ts';
import { digestOf } from '../src/simulator/tag-record.ts';
import { anImagePolicy } from './support/policies.ts';
import { swrBench } from './support/provider-bench.ts';

const TARGET = { account: 'swr', path: 'shop/web' };
/** The listing and the look at the source; the write has to wait for its slot. */
const READS = 2;
const LIMITS = { requestsPerSecond: 1, burst: READS, concurrency: 4 };
const RUN = { jobId: '1', token: 'w' };
const LOCK_MS = 8_000;

describe('reconcile() with a write that waits for its slot', () => {
  test.each([
    { frozenMs: 0, writes: 1, status: 'applied' },
    { frozenMs: LOCK_MS, writes: 0, status: 'skipped' },
  ])(
    'reconcile() of a worker frozen for $frozenMs ms of an 8 s lock meanwhile makes $writes writes',
    async ({ frozenMs, writes, status }) => {
      const bench = await swrBench(
        { repositories: [{ name: 'shop/web', tags: { v1: 'one' } }] },
        { limits: LIMITS },
      );
      const signal = new AbortController().signal;
      const clock = { frozenMs: 0 };
      const leases = createLeaseBook({
        lockDurationMs: LOCK_MS,
        now: () => new Date(),
        monotonicMs: () => performance.now() + clock.frozenMs,
      });
      const lease = leases.open(RUN, new Date());
      const told: string[] = [];

      const passing = reconcile(
        bench.provider,
        {
          target: TARGET,
          policies: [anImagePolicy({ copies: [{ from: 'v1', to: 'v2', override: false }] })],
          attributes: null,
          guards: { maxDeletePercent: 30 },
          protect: [],
          baseline: null,
          confirmed: new Set(),
          now: () => new Date(),
          dryRun: false,
        },
        {
          signal,
          checkLease: () => lease.check(signal),
          onIntent: ({ tag }) => void told.push(`${tag} intended`),
          onOutcome: ({ tag }, outcome) => void told.push(`${tag} ${outcome.status}`),
        },
      );
      await vi.waitFor(() => expect(told).toEqual(['v2 intended']), { timeout: 10_000 });
      const { total: requests } = bench.simulator.requests;
      clock.frozenMs = frozenMs;
      const report = await passing;

      expect(requests).toBe(READS);
      expect(bench.simulator.journal.entries).toHaveLength(writes);
      expect(report).toMatchObject({ performed: [{ outcome: { status } }] });
      expect(told).toEqual(['v2 intended', `v2 ${status}`]);
      expect(bench.simulator.world.repositoryTags('shop/web')['v2']).toBe(
        writes === 1 ? digestOf('one') : undefined,
      );
    },
  );
});
