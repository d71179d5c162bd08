import { ReconcileError } from '../../src/model/errors.ts';
import type { WriteCheck } from '../../src/providers/provider.ts';

/** The code a call fails with, or what else came of it. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'it resolved',
    (error: unknown) => (error instanceof ReconcileError ? error.code : String(error)),
  );
}

/** Says yes so many times, and no from then on. */
export function closedAfter(times: number): WriteCheck {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked > times) throw new ReconcileError('CANCELLED', 'Cannot write: it is paused');
  };
}
