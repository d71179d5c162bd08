import { isRetriable, ReconcileError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';

const LONGEST_TEXT = 200;

type Unknown = Extract<Report, { status: 'unknown' }>;

/** What a target that could not be looked at, or a whole account (`account/*`), is reported as: nothing was decided. */
export function unknownReport(
  { target, name, provider }: Pick<Unknown, 'target' | 'name' | 'provider'>,
  error: unknown,
): Unknown {
  const known = error instanceof ReconcileError ? error : null;
  const what = target.path === '*' ? 'list the targets of' : 'reconcile';
  const where = target.path === '*' ? target.account : targetKey(target);
  // Nobody has worded it: it may quote an answer of any length.
  const text = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_TEXT);
  return {
    status: 'unknown',
    target,
    name,
    provider,
    code: known?.code ?? 'INTERNAL',
    error: known?.message ?? `Cannot ${what} "${where}": ${text}, which is a defect`,
    retriable: isRetriable(error),
    retryAfterMs: known?.retryAfterMs ?? null,
  };
}
