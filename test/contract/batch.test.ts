import { describe, expect, onTestFinished, test } from 'vitest';
import type { Policy } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { aResourcePolicy } from '../support/policies.ts';
import { type Bench, startBench } from './bench.ts';
import { CLOUDS } from './clouds.ts';
import { onePass } from './one-pass.ts';

const [ims] = CLOUDS;
const BATCH = 'BatchAddOrDeleteTags';
const READ = 'ListImageTags';
/** A key of somebody else, which no policy names. */
const NOTE = { note: 'by hand' };

/** Write requests a batch with one such fault comes to: carried out, it is not repeated. */
const WRITES_WITH_FAULT = {
  after: 1,
  'hang-after': 1,
  'reset-after': 1,
  truncate: 1,
  partial: 2,
  before: 2,
  hang: 2,
  reset: 2,
  html: 2,
  '429': 2,
} satisfies Partial<Record<FaultKind, number>>;
const SIZES = [2, 5, 9];

interface Deed {
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: Policy;
  readonly after: Readonly<Record<string, string>>;
}

const valued = (size: number, value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, value]));

const X_Y_Z = ['x', 'y', 'z'].map((glob) => ({ by: 'glob', glob }) as const);

/** The three things a batch is for, each of so many keys. */
const DEEDS = {
  adds: (size) => ({
    tags: NOTE,
    policy: aResourcePolicy({ ensure: valued(size, 'new') }),
    after: { ...NOTE, ...valued(size, 'new') },
  }),
  replacements: (size) => ({
    tags: { ...NOTE, ...valued(size, 'old') },
    policy: aResourcePolicy({ ensure: valued(size, 'new') }),
    after: { ...NOTE, ...valued(size, 'new') },
  }),
  deletes: (size) => ({
    tags: { ...NOTE, ...valued(size, 'old') },
    policy: aResourcePolicy({ remove: [{ by: 'glob', glob: 'k*' }] }),
    after: NOTE,
  }),
} satisfies Readonly<Record<string, (size: number) => Deed>>;

const KINDS = Object.keys(WRITES_WITH_FAULT) as (keyof typeof WRITES_WITH_FAULT)[];
const FAULTED = KINDS.flatMap((kind) =>
  Object.entries(DEEDS).flatMap(([what, deed]) =>
    SIZES.map((size) => ({ kind, writes: WRITES_WITH_FAULT[kind], what, size, ...deed(size) })),
  ),
);

describe('a batch', () => {
  test.each(FAULTED)(
    'of $size $what meets "$kind" and makes each write once',
    async ({ kind, writes, size, tags, policy, after }) => {
      const bench = await start(tags, kind.startsWith('hang') ? 500 : 10_000);
      bench.simulator.faults.add({ kind, operation: BATCH });

      const report = await onePass(bench.provider, ims.target, [policy]);

      expect(outcomesOf(report)).toEqual(Array.from({ length: size }, () => 'applied'));
      expect(ims.held(bench.simulator)).toEqual(after);
      expect(writtenOf(bench)).toEqual(Object.keys(valued(size, '')));
      expect(writeRequestsOf(bench)).toBe(writes);
    },
  );

  test.each(Object.entries(DEEDS))(
    'of %s that nobody can tell the end of is left, and the next pass writes the remainder',
    async (_, deed) => {
      const { tags, policy, after } = deed(5);
      const bench = await start(tags);
      bench.simulator.faults.add({ kind: 'partial', operation: BATCH });
      // The pass lists, the batch is checked before, and then there is no answer any more.
      bench.simulator.faults.add({ kind: 'before', operation: READ, skip: 2, times: Infinity });

      const first = await onePass(bench.provider, ims.target, [policy]);
      const written = writtenOf(bench);
      bench.simulator.faults.clear();
      const second = await onePass(bench.provider, ims.target, [policy]);
      const third = await onePass(bench.provider, ims.target, [policy]);

      expect(new Set(outcomesOf(first))).toEqual(new Set(['PROVIDER_UNAVAILABLE']));
      expect(written).toEqual(['k0', 'k1', 'k2']);
      expect(outcomesOf(second)).toEqual(['applied', 'applied']);
      expect(third.status).toBe('in-sync');
      expect(writtenOf(bench)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
      expect(ims.held(bench.simulator)).toEqual(after);
    },
  );

  test.each(['unpublished', '404', '405'] as const)(
    'goes key by key in a region that has no such call (%s), and asks for it once',
    async (batchMissing) => {
      const { tags, policy, after } = DEEDS.adds(3);
      const bench = await start(tags);
      bench.simulator.world.switches.ims.batchMissing = batchMissing;

      await onePass(bench.provider, ims.target, [policy]);
      const first = ims.held(bench.simulator);
      await onePass(bench.provider, ims.target, [
        aResourcePolicy({ remove: [{ by: 'glob', glob: 'k*' }] }),
      ]);

      expect(first).toEqual(after);
      expect(ims.held(bench.simulator)).toEqual(NOTE);
      expect(bench.simulator.requests.byOperation).toMatchObject({
        [`ims.${BATCH}`]: 1,
        'ims.AddImageTag': 3,
        'ims.DeleteImageTag': 3,
      });
    },
  );

  test.each([
    [3, 5, 'three adds', { ensure: valued(3, 'new') }],
    [5, 9, 'three adds and three deletes', { ensure: valued(3, 'new'), remove: X_Y_Z }],
    [3, 3, 'one add', { ensure: valued(1, 'new') }],
  ])(
    'makes it %i requests in place of %i for a pass with %s',
    async (together, alone, _, rules) => {
      const policy = aResourcePolicy(rules);
      const first = await start({ ...NOTE, x: '1', y: '1', z: '1' });
      const second = await start({ ...NOTE, x: '1', y: '1', z: '1' });
      const { batch: __, ...single } = second.provider;

      await onePass(first.provider, ims.target, [policy]);
      await onePass(single, ims.target, [policy]);

      expect(first.simulator.requests.total).toBe(together);
      expect(second.simulator.requests.total).toBe(alone);
      expect(ims.held(first.simulator)).toEqual(ims.held(second.simulator));
    },
  );
});

async function start(tags: Deed['tags'], timeoutMs = 10_000): Promise<Bench> {
  const bench = await startBench(ims, { tags, timeoutMs });
  onTestFinished(async () => await bench.close());
  return bench;
}

/** `applied`, or the code. */
function outcomesOf(report: Report): string[] {
  if (report.status === 'unknown') throw new Error(report.error);
  return report.performed.map(({ outcome }) =>
    outcome?.status === 'failed' ? outcome.code : (outcome?.status ?? 'none'),
  );
}

/** Keys in the order they were written. */
function writtenOf({ simulator }: Bench): string[] {
  return simulator.journal.executed().map(({ key }) => key ?? '');
}

function writeRequestsOf({ simulator }: Bench): number {
  return simulator.requests.list.filter(({ operation }) => operation !== READ).length;
}
