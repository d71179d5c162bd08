import { withDeadline } from '../model/deadline.ts';
import { ReconcileError } from '../model/errors.ts';

/** How long any call of the store may take. */
export const ANSWER_MS = 2_000;

/** What the store answers; `what` completes "Cannot …". Throws QUEUE_UNAVAILABLE after 2 s, or when it cannot. */
export async function ask<T>(what: string, answer: () => Promise<T>, ms = ANSWER_MS): Promise<T> {
  try {
    return await withDeadline(answer(), ms);
  } catch (cause) {
    throw unavailable(what, cause);
  }
}

/** Why the store did not answer, as ask() says it. */
export function unavailable(what: string, cause: unknown): ReconcileError {
  return new ReconcileError(
    'QUEUE_UNAVAILABLE',
    `Cannot ${what}: ${describe(cause)}, expected a store that answers`,
    { cause },
  );
}

/** A code or the first word of a reply; the rest may quote what is stored. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the store failed';
  if (cause.message.startsWith('no answer')) return cause.message;
  if ('code' in cause && typeof cause.code === 'string') return `the store says ${cause.code}`;
  return `the store says ${/^[A-Z]{3,}/.exec(cause.message)?.[0] ?? cause.name}`;
}
