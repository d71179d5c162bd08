import { ERRORS, type ErrorCode, ReconcileError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';

/** What becomes of a job after one attempt. */
export type Decision =
  | { readonly type: 'complete' }
  /** The provider wants fewer requests or is down: the whole account waits, and no attempt is spent. */
  | { readonly type: 'throttle'; readonly waitMs: number }
  | { readonly type: 'retry'; readonly error: Error }
  /** The queue or this worker failed, not the target: the job waits, and no attempt is spent. */
  | { readonly type: 'again'; readonly error: Error }
  /** Only a person can fix it; retrying would repeat the answer. */
  | { readonly type: 'give-up'; readonly error: Error };

const BASE_MS = 500;
const LONGEST_BACKOFF_MS = 300_000;
const LONGEST_RETRY_AFTER_MS = 900_000;
const SHORTEST_THROTTLE_MS = 100;
const DEFAULT_THROTTLE_MS = 5_000;
const LONGEST_MESSAGE = 500;
/** They say something about the account, not about the target. */
const OF_ACCOUNT: ReadonlySet<ErrorCode> = new Set(['PROVIDER_THROTTLED', 'PROVIDER_DOWN']);
/** They say nothing about account or target: a long outage of the queue must not use up the attempts of its jobs. */
const OF_OURS: ReadonlySet<ErrorCode> = new Set([
  'QUEUE_UNAVAILABLE',
  'AUDIT_UNAVAILABLE',
  'CANCELLED',
]);

const COMPLETE: Decision = { type: 'complete' };

/** Reads the fate of a job off the report of its pass. */
export function decideReport(report: Report): Decision {
  if (report.status === 'unknown') {
    return decideFailure(report.code, report.error, report.retriable, report.retryAfterMs);
  }
  if (report.performed.length === 0) return COMPLETE;
  const failed = report.performed.flatMap(({ outcome }) =>
    outcome?.status === 'failed' ? [outcome] : [],
  );
  const worst =
    failed.find(({ code }) => OF_ACCOUNT.has(code)) ??
    failed.find(({ code }) => ERRORS[code].retriable) ??
    failed[0];
  if (!worst) return decideSkipped(report);
  const message = `Cannot finish target "${targetKey(report.target)}": ${failed.length} of ${report.performed.length} operations failed, first ${worst.error}`;
  return decideFailure(worst.code, message, ERRORS[worst.code].retriable, null);
}

/**
 * Operations skipped although none failed: the pass was interrupted or lost its lock, so the rest is still to do. What
 * somebody holds back waits for the next sweep instead: trying again meanwhile would only be held again.
 */
function decideSkipped(report: Exclude<Report, { status: 'unknown' }>): Decision {
  const skipped = report.performed.flatMap(({ outcome }) =>
    outcome?.status === 'skipped' && outcome.held !== true ? [outcome.reason] : [],
  );
  const [reason] = skipped;
  if (reason === undefined) return COMPLETE;
  const message = `Cannot finish target "${targetKey(report.target)}": ${skipped.length} of ${report.performed.length} operations skipped, first ${reason}`;
  return decideFailure('CANCELLED', message, true, null);
}

/** Reads it off an exception; one that is no ReconcileError is a defect of ours, which a retry repeats. */
export function decideError(error: unknown): Decision {
  if (error instanceof ReconcileError) {
    return decideFailure(
      error.code,
      error.message,
      ERRORS[error.code].retriable,
      error.retryAfterMs,
    );
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return decideFailure('INTERNAL', message, false, null);
}

function decideFailure(
  code: ErrorCode,
  message: string,
  retriable: boolean,
  retryAfterMs: number | null,
): Decision {
  if (OF_ACCOUNT.has(code)) {
    const waitMs = Math.max(retryAfterMs ?? DEFAULT_THROTTLE_MS, SHORTEST_THROTTLE_MS);
    return { type: 'throttle', waitMs: Math.min(waitMs, LONGEST_RETRY_AFTER_MS) };
  }
  const error = new ReconcileError(
    code,
    `${code}: ${message}`.slice(0, LONGEST_MESSAGE),
    retryAfterMs === null ? {} : { retryAfterMs },
  );
  if (OF_OURS.has(code)) return { type: 'again', error };
  return retriable ? { type: 'retry', error } : { type: 'give-up', error };
}

/** Full jitter: anything up to 0.5 s × 2ⁿ, at most 5 min; never earlier than the provider asked, at most 15 min. */
export function backoffMs(attempt: number, error: unknown, random: () => number): number {
  const jittered = Math.round(random() * Math.min(BASE_MS * 2 ** attempt, LONGEST_BACKOFF_MS));
  const asked = error instanceof ReconcileError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(jittered, Math.min(asked, LONGEST_RETRY_AFTER_MS));
}
