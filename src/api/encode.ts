import type { Condition } from '../model/condition.ts';
import type { Run, TargetRecord } from '../model/history.ts';
import type { Pause } from '../model/pause.ts';
import type { Operation, Plan } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import { targetKey } from '../model/target.ts';
import type { Explanation } from '../plan/explain.ts';
import type { Explained } from '../report/explain.ts';
import type {
  ExplanationBody,
  OperationBody,
  PauseBody,
  PolicyBody,
  RunBody,
  TargetBody,
} from './schemas.ts';

/** A target's record with its conditions. */
export function encodeTarget(record: TargetRecord, conditions: readonly Condition[]): TargetBody {
  return {
    target: targetKey(record.target),
    name: record.name,
    provider: record.provider,
    status: record.status,
    since: record.since.toISOString(),
    passed_at: record.passedAt.toISOString(),
    policy_revision: record.revision,
    correlation_id: record.correlationId,
    run: record.runId,
    tags: record.baseline,
    digest: record.planDigest,
    verdict: record.verdict === null ? null : encodeVerdict(record.verdict),
    pending: record.pendingCount,
    operations: record.pending.map(encodeOperation),
    findings: record.findings.map((finding) => ({ ...finding })),
    error: record.error,
    conditions: conditions.map(encodeCondition),
  };
}

function encodeVerdict(verdict: Plan['verdict']): NonNullable<TargetBody['verdict']> {
  return verdict.safe ? { safe: true } : { safe: false, reasons: [...verdict.reasons] };
}

function encodeOperation(operation: Operation): OperationBody {
  const { type, tag, policy, rule, mode, because, replaces } = operation;
  const reasoned = { tag, policy, rule, mode, because, replaces };
  switch (type) {
    case 'add':
      return { type, ...reasoned, value: operation.value };
    case 'copy':
      return { type, ...reasoned, from: operation.from, value: operation.value };
    case 'promote': {
      const { source, from, value, referrers } = operation;
      return { type, ...reasoned, source: targetKey(source), from, value, referrers };
    }
    case 'delete':
      return { type, ...reasoned, makes_room_for: operation.makesRoomFor };
  }
}

/** One condition. */
export function encodeCondition(condition: Condition): TargetBody['conditions'][number] {
  const { type, status, reason, message, lastTransition, observedRevision } = condition;
  return {
    type,
    status,
    reason,
    message,
    last_transition: lastTransition?.toISOString() ?? null,
    observed_revision: observedRevision,
  };
}

/** A run with the operations it was read with. */
export function encodeRun(run: Run): RunBody {
  return {
    run: run.id,
    target: targetKey(run.target),
    started_at: run.startedAt.toISOString(),
    ended_at: run.endedAt?.toISOString() ?? null,
    cause: run.cause,
    correlation_id: run.correlationId,
    policy_revision: run.revision,
    digest: run.planDigest,
    operation_count: run.operationCount,
    operations: run.operations.map(({ operation, intendedAt, outcome }) => ({
      operation: encodeOperation(operation),
      intended_at: intendedAt.toISOString(),
      outcome: outcome === null ? null : { ...outcome },
    })),
  };
}

/** A pause, of the store or the configuration. */
export function encodePause({ scope, reason, by, since }: Pause): PauseBody {
  return { scope: { ...scope }, reason, by, since: since.toISOString() };
}

/** What a policy says of itself. */
export function encodePolicy(policy: Policy): Omit<PolicyBody, 'targets' | 'conditions'> {
  const { name, kind, mode, suspend: suspended, schedule, position } = policy;
  return {
    name,
    kind,
    mode,
    suspended,
    schedule:
      schedule.type === 'interval'
        ? { type: schedule.type, interval_ms: schedule.intervalMs }
        : { type: schedule.type, cron: schedule.cron, time_zone: schedule.timeZone },
    position: `${position.file}:${position.line}`,
  };
}

/** Why the names of a target end as they do. */
export function encodeExplained({ input, plan, explanations }: Explained): ExplanationBody {
  const listed = new Set(input.listing.tags.map(({ name }) => name));
  // Of several on one name the first is the one that is shown.
  const operations = new Map(
    plan.operations.toReversed().map((operation) => [operation.tag, operation]),
  );
  const encodeTag = (one: Explanation): ExplanationBody['tags'][number] => {
    const operation = operations.get(one.tag);
    return {
      tag: one.tag,
      current: one.current,
      planned: one.planned,
      listed: listed.has(one.tag),
      operation: operation === undefined ? null : encodeOperation(operation),
      decision: one.decision,
      lost: one.lost.map((loser) => ({ ...loser })),
      evidence: [...one.evidence],
    };
  };
  return {
    target: targetKey(input.target),
    now: input.now.toISOString(),
    policies: input.policies.map(({ name }) => name),
    digest: plan.digest,
    verdict: encodeVerdict(plan.verdict),
    tags: explanations.map(encodeTag),
  };
}
