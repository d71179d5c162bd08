import type { Run, TargetRecord } from '../model/history.ts';
import type { Pause } from '../model/pause.ts';
import type { Operation } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';
import type { Target } from '../model/target.ts';
import type { Explained } from '../report/explain.ts';
import type {
  ExplanationBody,
  OperationBody,
  OutcomeBody,
  PauseBody,
  RunBody,
  TargetBody,
} from './schemas.ts';

/** `account/path`, checked by its schema. */
export function decodeKey(key: string): Target {
  const slash = key.indexOf('/');
  return { account: key.slice(0, slash), path: key.slice(slash + 1) };
}

/** What encodeTarget() made, without its conditions. */
export function decodeTarget(body: TargetBody): TargetRecord {
  return {
    target: decodeKey(body.target),
    provider: body.provider,
    name: body.name,
    status: body.status,
    passedAt: new Date(body.passed_at),
    since: new Date(body.since),
    revision: body.policy_revision,
    correlationId: body.correlation_id,
    runId: body.run,
    baseline: body.tags,
    planDigest: body.digest,
    verdict: body.verdict,
    pending: body.operations.map(decodeOperation),
    pendingCount: body.pending,
    findings: body.findings,
    error: body.error,
  };
}

function decodeOperation(body: OperationBody): Operation {
  if (body.type === 'promote') return { ...body, source: decodeKey(body.source) };
  if (body.type !== 'delete') return body;
  const { makes_room_for: makesRoomFor, ...rest } = body;
  return { ...rest, makesRoomFor };
}

function decodeOutcome(body: OutcomeBody): Outcome {
  if (body.status !== 'skipped') return body;
  const { status, reason, held } = body;
  return { status, reason, ...(held === undefined ? {} : { held }) };
}

/** What encodeRun() made. */
export function decodeRun(body: RunBody): Run {
  return {
    id: body.run,
    target: decodeKey(body.target),
    startedAt: new Date(body.started_at),
    endedAt: body.ended_at === null ? null : new Date(body.ended_at),
    cause: body.cause,
    correlationId: body.correlation_id,
    revision: body.policy_revision,
    planDigest: body.digest,
    operationCount: body.operation_count,
    operations: body.operations.map(({ operation, intended_at: intendedAt, outcome }) => ({
      operation: decodeOperation(operation),
      intendedAt: new Date(intendedAt),
      outcome: outcome === null ? null : decodeOutcome(outcome),
    })),
  };
}

/** What encodePause() made. */
export function decodePause({ since, ...rest }: PauseBody): Pause {
  return { ...rest, since: new Date(since) };
}

/** What encodeExplained() made; of the listing only the names that are explained. */
export function decodeExplained(body: ExplanationBody): Explained {
  return {
    input: {
      target: decodeKey(body.target),
      policies: body.policies.map((name) => ({ name })),
      listing: {
        tags: body.tags.filter(({ listed }) => listed).map(({ tag: name }) => ({ name })),
      },
      now: new Date(body.now),
    },
    plan: {
      digest: body.digest,
      verdict: body.verdict,
      operations: body.tags.flatMap(({ operation }) =>
        operation === null ? [] : [decodeOperation(operation)],
      ),
    },
    explanations: body.tags.map(({ listed: _listed, operation: _operation, ...one }) => one),
  };
}
