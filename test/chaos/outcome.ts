import type { Verdict } from './verify.ts';
import type { World } from './world.ts';

/** What a scenario came to. */
export interface Outcome {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: Verdict;
  /** Why each job that was left failed did. */
  readonly failedJobs: readonly string[];
  /** From the end of the last disturbance until every target was in place; null: it happened before. */
  readonly recoveredMs: number | null;
  readonly totalMs: number;
  /** Figures of this scenario alone. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** What was promised and not kept. Empty: all is well. */
  readonly problems: readonly string[];
}

/** One line: seed, lost, unexpected, duplicated, recovered, writes, time, and what the scenario measured. */
export function renderOutcome(outcome: Outcome): string {
  const { scenario, seed, verdict, failedJobs, recoveredMs, totalMs, figures } = outcome;
  const recovered = recoveredMs === null ? 'at once' : `${seconds(recoveredMs)} s`;
  const parts = [
    `${outcome.problems.length === 0 ? 'ok  ' : 'FAIL'} ${scenario} seed ${seed}: lost ${verdict.lost.length}`,
    `unexpected ${verdict.unexpected.length}`,
    `duplicated ${verdict.duplicated}`,
    `recovered ${recovered}`,
    `writes ${verdict.executed} of ${verdict.minimum}`,
    `failed jobs ${failedJobs.length}`,
    `${seconds(totalMs)} s`,
    ...Object.entries(figures).map(([name, value]) => `${name} ${value}`),
  ];
  return [parts.join(', '), ...outcome.problems.map((problem) => `     ${problem}`)].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

export interface Promises {
  /** Writes carried out, as a multiple of the minimum. */
  readonly maxWriteRatio?: number;
  readonly maxDuplicated?: number;
  readonly maxTotalMs?: number;
  readonly maxRecoveredMs?: number;
}

type Judged = Pick<Outcome, 'verdict' | 'failedJobs' | 'recoveredMs' | 'totalMs'>;

const SHOWN = 5;
/** What a worker logs when it gives a target up. */
const QUARANTINED = 'target quarantined: its passes took workers down';

/** What every scenario promises, and the bounds of this one. */
export function brokenPromises(
  { verdict, failedJobs, recoveredMs, totalMs }: Judged,
  { tally }: Pick<World, 'tally'>,
  { maxWriteRatio = 1.01, maxDuplicated, maxTotalMs, maxRecoveredMs }: Promises,
): string[] {
  const { lost, unexpected, duplicated, executed, minimum } = verdict;
  const problems: string[] = [];
  const expect = (kept: boolean, problem: string): void => {
    if (!kept) problems.push(problem);
  };
  expect(lost.length === 0, `lost: ${lost.slice(0, SHOWN).join(', ')}`);
  expect(unexpected.length === 0, `unexpected: ${unexpected.slice(0, SHOWN).join('; ')}`);
  expect(executed >= minimum, `${executed} writes cannot be enough: ${minimum} are needed`);
  expect(executed <= minimum * maxWriteRatio, `more than ${maxWriteRatio} times the writes needed`);
  expect(duplicated <= (maxDuplicated ?? duplicated), `more than ${maxDuplicated} duplicates`);
  expect(failedJobs.length === 0, `failed: ${failedJobs.slice(0, SHOWN).join('; ')}`);
  expect(totalMs <= (maxTotalMs ?? totalMs), `took longer than ${maxTotalMs} ms`);
  expect((recoveredMs ?? 0) <= (maxRecoveredMs ?? Infinity), `recovery over ${maxRecoveredMs} ms`);
  const quarantined = tally.messages.get(QUARANTINED) ?? 0;
  expect(quarantined === 0, `${quarantined} targets were quarantined that did no harm`);
  expect(tally.unexpectedEnds.length === 0, tally.unexpectedEnds.slice(0, SHOWN).join('; '));
  expect(tally.stderr.length === 0, `stderr: ${tally.stderr.slice(0, SHOWN).join(' | ')}`);
  return problems;
}
