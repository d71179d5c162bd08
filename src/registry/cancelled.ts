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

/** What is half done gets so long to be ended after the run was cancelled. */
const ENDING_MS = 5_000;

/** Does work that must not be left half done: its signal comes some seconds after the run's own. */
export async function toTheEnd<T>(
  signal: AbortSignal,
  work: (lasting: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const leave = (): void => {
    timer = setTimeout(() => stop.abort(signal.reason), ENDING_MS);
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  try {
    return await work(stop.signal);
  } finally {
    signal.removeEventListener('abort', leave);
    clearTimeout(timer);
  }
}
