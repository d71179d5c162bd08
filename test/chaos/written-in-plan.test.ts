import { expect, test } from 'vitest';
import type { Policy } from '../../src/model/policy.ts';
import { reconcile } from '../../src/reconcile.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { type Bench, startBench } from '../contract/bench.ts';
import { CLOUDS, type Cloud } from '../contract/clouds.ts';
import { aChannel, anImagePolicy, aResourcePolicy, aRetain } from '../support/policies.ts';

const SEEDS = 100;
const TOGETHER = 10;
const PASSES = 4;
const RATE = 0.3;
const KINDS: readonly FaultKind[] = [
  'before',
  'after',
  'reset',
  'reset-after',
  'truncate',
  'html',
  'null-tags',
];

interface Case {
  readonly cloud: Cloud;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: Policy;
}

const CASES: readonly Case[] = CLOUDS.map((cloud) => {
  if (cloud.name === 'huawei-ims') {
    const tags = { stage: 'dev', 'tmp-a': 'x', note: 'n' };
    const policy = aResourcePolicy({
      ensure: { stage: 'prod', owner: 'platform', tier: 'gold' },
      remove: [{ by: 'glob', glob: 'tmp-*' }],
    });
    return { cloud, tags, policy };
  }
  const tags = { '1.0.0': 'old', '1.1.0': 'new', stable: 'old', 'ci-1': 'a', 'ci-2': 'b' };
  const retain = [aRetain({ pattern: 'ci-.*' })];
  if (cloud.name === 'ucloud-uhub') return { cloud, tags, policy: anImagePolicy({ retain }) };
  const channels = [aChannel({ backup: 'previous' })];
  return { cloud, tags, policy: anImagePolicy({ channels, retain }) };
});

test.each(CASES)(
  `reconcile() on $cloud.name writes nothing that is not in a plan of its, in ${SEEDS} seeded runs with faults`,
  async (one) => {
    const runs: Run[] = [];
    for (let seed = 0; seed < SEEDS; seed += TOGETHER) {
      const some = Array.from(
        { length: TOGETHER },
        async (_, index) => await run(one, seed + index),
      );
      runs.push(...(await Promise.all(some)));
    }

    expect(runs.flatMap(({ unplanned }) => unplanned)).toEqual([]);
    expect(runs.filter(({ faulted }) => faulted).length).toBeGreaterThan(SEEDS / 2);
    expect(runs.every(({ written }) => written > 0)).toBe(true);
  },
  60_000,
);

interface Run {
  readonly written: number;
  readonly faulted: boolean;
  readonly unplanned: readonly string[];
}

async function run({ cloud, tags, policy }: Case, seed: number): Promise<Run> {
  const bench = await startBench(cloud, { tags, timeoutMs: 10_000 });
  try {
    const remove = bench.simulator.faults.random({ rate: RATE, kinds: KINDS, seed });
    const planned = new Set<string>();
    for (let passed = 0; passed < PASSES; passed += 1) {
      if (passed === PASSES - 1) remove();
      for (const operation of await pass(bench, cloud, policy)) planned.add(operation);
    }
    const { journal, requests } = bench.simulator;
    // A registry knows one way to bind a name.
    const verb = (called: string): string =>
      cloud.name === 'oci' && called === 'add' ? 'copy' : called;
    const written = journal.executed().map(({ operation, key }) => `${verb(operation)} ${key}`);
    return {
      written: written.length,
      faulted: requests.list.some(({ fault }) => fault !== null),
      unplanned: written
        .filter((write) => !planned.has(write))
        .map((write) => `seed ${seed}: ${write}`),
    };
  } finally {
    await bench.close();
  }
}

/** One pass; resolves with every operation it reports, those of plans it gave up included. */
async function pass({ provider }: Bench, { target }: Cloud, policy: Policy): Promise<string[]> {
  const report = await reconcile(
    provider,
    {
      target,
      policies: [policy],
      attributes: {},
      guards: { maxDeletePercent: 100 },
      protect: [],
      baseline: null,
      confirmed: new Set(),
      now: () => new Date(),
      dryRun: false,
    },
    { signal: new AbortController().signal },
  );
  if (report.status === 'unknown') return [];
  return report.performed.map(({ operation: { type, tag } }) => `${type} ${tag}`);
}
