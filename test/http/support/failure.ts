import { ReconcileError } from '../../../src/model/errors.ts';

/** The error a promise rejects with; fails the test when it resolves or rejects with anything else. */
export async function failureOf(promise: Promise<unknown>): Promise<ReconcileError> {
  const outcome = await promise.then(
    () => 'it resolved',
    (error: unknown) => error,
  );
  if (outcome instanceof ReconcileError) return outcome;
  throw new Error('Expected a ReconcileError', { cause: outcome });
}

/** A signal that never aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}
