import type { Run, RunOperation } from '../../src/model/history.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { Outcome } from '../../src/model/report.ts';
import type { Target } from '../../src/model/target.ts';
import { NOW, REPOSITORY } from './tags.ts';

export const APPLIED: Outcome = { status: 'applied', attempts: 1 };

/** A run of these operations, all applied unless told. */
export function aRun(
  operations: readonly Operation[],
  outcome: Outcome | null = APPLIED,
  target: Target = REPOSITORY,
): Run {
  return {
    id: 'run-1',
    target,
    startedAt: NOW,
    endedAt: NOW,
    cause: 'schedule',
    correlationId: 'sweep-1',
    revision: 'sha256:0123456789abcdef',
    planDigest: 'sha256:feed',
    operationCount: operations.length,
    operations: operations.map(
      (operation): RunOperation => ({ operation, intendedAt: NOW, outcome }),
    ),
  };
}
