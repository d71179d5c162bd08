import { ReconcileError } from '../model/errors.ts';
import type { AttemptFailure } from './attempt-failure.ts';

/** Where a call went, for messages. */
export interface Callee {
  readonly account: string;
  readonly host: string;
  readonly operation: string;
}

/** The error of a call whose run was cancelled. */
export function cancelled({ account, operation }: Callee, cause: unknown): ReconcileError {
  return new ReconcileError(
    'CANCELLED',
    `Cannot call ${operation} of account "${account}": the run was cancelled, time to finish was wanted`,
    { cause },
  );
}

/** The error of a call whose last attempt failed. */
export function unanswered(
  { account, host, operation }: Callee,
  failure: AttemptFailure,
  sent: number,
): ReconcileError {
  return new ReconcileError(
    failure.kind === 'throttled' ? 'PROVIDER_THROTTLED' : 'PROVIDER_UNAVAILABLE',
    `Cannot call ${operation} of account "${account}" at ${host}: ${failure.message} after ${sent} requests, an answer was wanted`,
    { cause: failure, ...retryAfterOf(failure) },
  );
}

/** Errors from below know the cause but not the call. */
export function describeCall({ account, host, operation }: Callee, error: unknown): unknown {
  if (!(error instanceof ReconcileError) || error.message.startsWith('Cannot ')) return error;
  return new ReconcileError(
    error.code,
    `Cannot call ${operation} of account "${account}" at ${host}: ${error.message}`,
    { cause: error, ...retryAfterOf(error) },
  );
}

/** The error of a credential that the cloud does not take. */
export function signInFailure(
  { account, host, operation }: Callee,
  detail: string,
): ReconcileError {
  return new ReconcileError(
    'PROVIDER_AUTH',
    `Cannot sign in to account "${account}" at ${host}: ${operation} was refused with ${detail}, valid credentials were wanted`,
  );
}

function retryAfterOf({ retryAfterMs }: Pick<AttemptFailure, 'retryAfterMs'>) {
  return retryAfterMs === null ? {} : { retryAfterMs };
}
