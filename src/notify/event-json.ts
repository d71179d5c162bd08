import type { Notice } from '../model/notification.ts';
import { targetKey } from '../model/target.ts';
import { type JsonObject, operationJson } from '../report/json.ts';

/** Longest lists of one event; what is beyond them is counted. */
const MOST_CHANGES = 100;
const MOST_REASONS = 20;

/** The facts of a notice, without its id, type and time: each envelope spells those in its own way. */
export function eventJson(notice: Notice): JsonObject {
  const { target, name, provider, revision, correlationId, runId, policies } = notice;
  const { changes, error, reasons, since } = notice;
  return {
    target: targetKey(target),
    ...(name === null ? {} : { name }),
    provider,
    policies,
    policy_revision: revision,
    correlation_id: correlationId,
    run_id: runId,
    ...(changes.length === 0
      ? {}
      : {
          changes: changes.slice(0, MOST_CHANGES).map(operationJson),
          change_count: changes.length,
        }),
    ...(error === null ? {} : { error: { ...error } }),
    ...(reasons.length === 0 ? {} : { reasons: reasons.slice(0, MOST_REASONS) }),
    ...(since === null ? {} : { since: since.toISOString() }),
  };
}
