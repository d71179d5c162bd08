import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { type Pass, reconcile } from '../../src/reconcile.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { anImagePolicy, aResourcePolicy, aRetain } from '../support/policies.ts';
import { type Bench, startBench } from './bench.ts';
import { CLOUDS, type Cloud } from './clouds.ts';

const PAGES = 10;
const ROWS_PER_PAGE = 5;
/** The registry is asked for each tag besides, and one bench a page runs at a time. */
const OCI_ROWS_PER_PAGE = 2;
/** One case is a bench for each page, side by side. */
const MATRIX_MS = 60_000;
const ONE_PAGE_TAGS = 8; // IMS has no second page
/** Short where an answer never comes, long enough for a busy machine elsewhere. */
const TIMEOUT_MS = { hanging: 3_000, other: 10_000 } as const;

/** Reliability R3: what may go wrong with a page. */
const FAULTS: Readonly<Record<string, FaultRule>> = {
  500: { kind: 'status', status: 500 },
  503: { kind: 'status', status: 503 },
  429: { kind: '429' },
  timeout: { kind: 'hang' },
  reset: { kind: 'reset' },
  'truncated JSON': { kind: 'truncate' },
  'HTML with status 200': { kind: 'html' },
  'tags: null': { kind: 'null-tags' },
  'a looped cursor': { kind: 'cursor-loop' },
};

interface Case {
  readonly cloud: Cloud;
  readonly pages: readonly number[];
  readonly faults: readonly string[];
}

const CASES: readonly Case[] = CLOUDS.map((cloud) => ({
  cloud,
  pages: cloud.name === 'huawei-ims' ? [1] : Array.from({ length: PAGES }, (_, index) => index + 1),
  // One answer without paging has no cursor that could loop.
  faults: Object.keys(FAULTS).filter(
    (fault) => cloud.name !== 'huawei-ims' || fault !== 'a looped cursor',
  ),
}));

const MATRIX = CASES.flatMap(({ cloud, pages, faults }) =>
  faults.map((fault) => ({ cloud, pages, fault, name: cloud.name })),
);

describe('list() on a listing of ten pages', () => {
  test.each(CASES)(
    'asks $cloud.name once a page when nothing goes wrong',
    async ({ cloud, pages }) => {
      const bench = await startPaged(cloud);

      const outcome = await listOutcome(bench, cloud);
      await bench.close();

      expect(outcome).toBe('complete');
      const looks = cloud.looksPerTag * Object.keys(manyTags(cloud)).length;
      // The last page is as full as the others: whether a registry has lost its Link is asked for once more.
      const asksOn = cloud.name === 'oci' ? 1 : 0;
      expect(bench.simulator.requests.total).toBe(pages.length + asksOn + looks);
    },
    MATRIX_MS,
  );

  test.each(CASES)(
    'lets a pass over $cloud.name delete when it is complete',
    { timeout: MATRIX_MS },
    async ({ cloud }) => {
      const bench = await startPaged(cloud);

      const report = await reconcile(bench.provider, aDeletingPass(cloud), { signal: calm() });
      await bench.close();

      expect(report.status).toBe('drifted');
      expect(bench.simulator.journal.executed()).toHaveLength(1);
    },
  );

  test.each(MATRIX)(
    'of $name is an error, and nothing is deleted, while a page has $fault',
    async ({ cloud, pages, fault }) => {
      const reports = await Promise.all(
        pages.map(async (page) => {
          const bench = await startPaged(cloud, fault, { skip: page - 1, times: Infinity });
          const report = await reconcile(bench.provider, aDeletingPass(cloud), { signal: calm() });
          await bench.close();
          return { ...report, writes: bench.simulator.journal.entries.length };
        }),
      );

      expect(reports).toMatchObject(
        pages.map(() => ({ status: 'unknown', retriable: true, writes: 0 })),
      );
    },
    MATRIX_MS,
  );

  test.each(MATRIX)(
    'of $name is complete or an error, never shorter, after a page had $fault once',
    async ({ cloud, pages, fault }) => {
      const outcomes = await Promise.all(
        pages.map(async (page) => {
          const bench = await startPaged(cloud, fault, { skip: page - 1, times: 1 });
          const outcome = await listOutcome(bench, cloud);
          await bench.close();
          return outcome;
        }),
      );

      expect(outcomes).not.toContain('shorter');
      // What another request mends must not end the pass.
      expect(fault === 'tags: null' || outcomes.every((outcome) => outcome === 'complete')).toBe(
        true,
      );
    },
    MATRIX_MS,
  );
});

/** A pass whose policy deletes one tag of the first page. */
function aDeletingPass({ name, target }: Cloud): Pass {
  const policy =
    name === 'huawei-ims'
      ? aResourcePolicy({ remove: [{ by: 'glob', glob: 'v000' }] })
      : anImagePolicy({ retain: [aRetain({ pattern: 'v000' })] });
  return {
    target,
    policies: [policy],
    attributes: null,
    guards: { maxDeletePercent: 30 },
    protect: [],
    baseline: null,
    confirmed: new Set(),
    now: () => new Date(),
    dryRun: false,
  };
}

async function listOutcome(bench: Bench, cloud: Cloud): Promise<string> {
  const wanted = Object.keys(manyTags(cloud));
  try {
    const { tags } = await bench.provider.list(cloud.target, calm());
    const names = tags.map(({ name }) => name).toSorted();
    return isDeepStrictEqual(names, wanted) ? 'complete' : 'shorter';
  } catch (error) {
    return error instanceof ReconcileError ? error.code : String(error);
  }
}

async function startPaged(
  cloud: Cloud,
  fault: string | null = null,
  range: Pick<FaultRule, 'skip' | 'times'> = {},
): Promise<Bench> {
  const bench = await startBench(cloud, {
    tags: manyTags(cloud),
    switches: {
      swr: { maxLimit: ROWS_PER_PAGE },
      uhub: { maxLimit: ROWS_PER_PAGE },
      oci: { maxN: OCI_ROWS_PER_PAGE },
    },
    timeoutMs: fault === 'timeout' ? TIMEOUT_MS.hanging : TIMEOUT_MS.other,
  });
  const rule = FAULTS[fault ?? ''];
  if (rule !== undefined) {
    bench.simulator.faults.add({ ...rule, ...range, operation: cloud.calls.list });
  }
  return bench;
}

function manyTags({ name }: Cloud): Readonly<Record<string, string>> {
  const rows = name === 'oci' ? OCI_ROWS_PER_PAGE : ROWS_PER_PAGE;
  const count = name === 'huawei-ims' ? ONE_PAGE_TAGS : PAGES * rows;
  const names = Array.from({ length: count }, (_, index) => `v${String(index).padStart(3, '0')}`);
  return Object.fromEntries(names.map((tag) => [tag, `content of ${tag}`]));
}

function calm(): AbortSignal {
  return new AbortController().signal;
}
