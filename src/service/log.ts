import type { Fault } from '../cli/app.ts';
import type { Operation } from '../model/plan.ts';
import type { Outcome, Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import type { SweepEvent } from '../queue/engine.ts';
import type { Log } from '../telemetry/log.ts';
import type { RecordFacts } from './record.ts';

/** Tells what a pass came to: nothing new at debug, what was written at info, what a person should see above. */
export function logReport(
  log: Log,
  report: Report,
  { runId, correlationId, revision }: Omit<RecordFacts, 'baseline'>,
): void {
  const told = {
    target: targetKey(report.target),
    run_id: runId,
    correlation_id: correlationId,
    revision,
  };
  switch (report.status) {
    case 'in-sync':
      log.debug(told, 'target in sync');
      return;
    case 'unknown':
      log.warn({ ...told, code: report.code, error: report.error }, 'target unknown');
      return;
    case 'refused':
      log.error(
        { ...told, plan_id: report.plan.digest, verdict: report.plan.verdict },
        'plan refused',
      );
      return;
    case 'drifted': {
      const planned = { ...told, plan_id: report.plan.digest };
      for (const { operation, outcome } of report.performed)
        logOperation(log, planned, operation, outcome);
    }
  }
}

function logOperation(
  log: Log,
  told: Readonly<Record<string, unknown>>,
  operation: Operation,
  outcome: Outcome | null,
): void {
  const { type, tag, policy, rule, because, replaces } = operation;
  const value = operation.type === 'delete' ? null : operation.value;
  const from = 'from' in operation ? operation.from : null;
  const source = operation.type === 'promote' ? targetKey(operation.source) : null;
  writerFor(log, outcome)(
    { ...told, op: type, tag, source, from, value, replaces, policy, rule, because, outcome },
    'operation',
  );
}

function writerFor(log: Log, outcome: Outcome | null): Log['info'] {
  switch (outcome?.status) {
    case 'applied':
      return log.info;
    case 'skipped':
      // A pause is told when it begins; each target again would drown it.
      return outcome.held === true ? log.debug : log.warn;
    case 'failed':
    case undefined:
      return log.warn;
  }
}

/** Tells how a sweep ended. */
export function logSweep(
  log: Log,
  { policy, targets, visits, correlationId, error }: SweepEvent,
): void {
  const told = { policy, targets, visits, correlation_id: correlationId };
  if (error === null) log.debug(told, 'policy swept');
  else log.error({ ...told, error }, 'sweep broke off');
}

/** Tells a fault with its stack; whoever heard of it decides whether the process goes on. */
export function logFault(log: Log, fault: Fault, error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error({ fault, error: stack }, 'unhandled fault');
}
