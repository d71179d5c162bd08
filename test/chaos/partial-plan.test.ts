import { describe, expect, onTestFinished, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { type Bench, startBench } from '../contract/bench.ts';
import { CLOUDS, type Cloud } from '../contract/clouds.ts';
import { onePass } from '../contract/one-pass.ts';
import { aChannel, anImagePolicy, aRetain } from '../support/policies.ts';

const COPIES = ['c0', 'c1', 'c2', 'c3', 'c4'];
const POLICY = anImagePolicy({
  copies: COPIES.map((to) => ({ from: '1.0.0', to, override: false })),
  channels: [aChannel({ backup: 'previous' })],
  retain: [aRetain({ pattern: 'ci-.*' })],
});
const TAGS = {
  '1.0.0': 'old',
  '1.1.0': 'new',
  stable: 'old',
  ...Object.fromEntries(['ci-1', 'ci-2', 'ci-3'].map((name) => [name, name])),
};
const WRITES = 10;
const DELETES = 3;

/** How a write may fail, and whether everything after it does, too. */
const FAILURES: Readonly<Record<string, { readonly rule: FaultRule; readonly lasts: boolean }>> = {
  'is refused': { rule: { kind: 'status', status: 400 }, lasts: false },
  'and all after it find the cloud away': { rule: { kind: 'before' }, lasts: true },
  'and all after it lose their connection': { rule: { kind: 'reset' }, lasts: true },
};

const CASES = Object.entries(FAILURES).flatMap(([how, failure]) =>
  Array.from({ length: WRITES }, (_, index) => ({ index, how, ...failure })),
);

describe('a plan of seven copies and three deletes', () => {
  test.each(CASES)(
    'makes no delete before its copies, and the next plan is the remainder, when write $index $how',
    async ({ index, rule, lasts }) => {
      const { bench, cloud } = await start();
      failFrom(bench, index, rule, lasts);

      const first = await onePass(bench.provider, cloud.target, [POLICY]);
      const deleted = writesOf(bench).filter((write) => write.startsWith('delete'));
      bench.simulator.faults.clear();
      const second = await onePass(bench.provider, cloud.target, [POLICY]);
      const third = await onePass(bench.provider, cloud.target, [POLICY]);

      const undone = operationsOf(first, (status) => status !== 'applied');
      expect(operationsOf(first)).toHaveLength(WRITES);
      expect(undone).toContain(operationsOf(first)[index]);
      expect(index < WRITES - DELETES ? deleted : []).toEqual([]);
      expect(operationsOf(second)).toEqual(undone);
      expect(operationsOf(second, (status) => status !== 'applied')).toEqual([]);
      expect(third.status).toBe('in-sync');
      expect(writesOf(bench)).toHaveLength(WRITES);
    },
  );
});

async function start(): Promise<{ readonly bench: Bench; readonly cloud: Cloud }> {
  const cloud = CLOUDS.find(({ name }) => name === 'huawei-swr');
  if (cloud === undefined) throw new Error('there is no SWR among the clouds');
  const bench = await startBench(cloud, { tags: TAGS });
  onTestFinished(async () => await bench.close());
  return { bench, cloud };
}

/** Faults count requests of one call: copies first, then deletes. */
function failFrom({ simulator }: Bench, index: number, rule: FaultRule, lasts: boolean): void {
  const copies = WRITES - DELETES;
  const times = lasts ? Infinity : 1;
  if (index < copies) {
    simulator.faults.add({ ...rule, operation: 'CreateRepoTag', skip: index, times });
    if (lasts) simulator.faults.add({ ...rule, operation: 'DeleteRepoTag', times });
    return;
  }
  simulator.faults.add({ ...rule, operation: 'DeleteRepoTag', skip: index - copies, times });
}

function operationsOf(
  report: Report,
  wanted: (status: string | undefined) => boolean = () => true,
): string[] {
  if (report.status === 'unknown') throw new Error(report.error);
  return report.performed
    .filter(({ outcome }) => wanted(outcome?.status))
    .map(({ operation: { type, tag } }) => `${type} ${tag}`);
}

function writesOf({ simulator }: Bench): string[] {
  return simulator.journal.executed().map(({ operation, key }) => `${operation} ${key}`);
}
