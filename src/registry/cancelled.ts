import { ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';

/** Throws CANCELLED once the signal is aborted, for waits that no request would notice. */
export function refuseAborted(target: Target, signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new ReconcileError(
    'CANCELLED',
    `Cannot write tags of "${targetKey(target)}": the run was cancelled, time to finish was wanted`,
    { cause: signal.reason },
  );
}
