import type { Log as FullLog } from '../telemetry/log.ts';

/** What the queue needs of a log. */
export type Log = Pick<FullLog, 'debug' | 'info' | 'warn' | 'error'>;

/** For commands: what goes wrong they tell themselves. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

const QUIET_MS = 10_000;

export interface ErrorLog {
  readonly onError: (queue: string, error: Error) => void;
  /** From now on nothing is logged: a connection that we close ourselves has errors of its own making. */
  readonly end: () => void;
}

/** Logs connection errors once per 10 s and text: an outage makes every queue and worker repeat the same one. */
export function createErrorLog(
  log: Log,
  monotonicMs: () => number = () => performance.now(),
): ErrorLog {
  const loggedAt = new Map<string, number>();
  let hasEnded = false;
  return {
    onError(queue, error) {
      const message = error.message.slice(0, 500);
      const last = loggedAt.get(message);
      if (hasEnded || (last !== undefined && monotonicMs() - last < QUIET_MS)) return;
      if (loggedAt.size > 100) loggedAt.clear();
      loggedAt.set(message, monotonicMs());
      log.warn({ queue, error: message }, 'queue connection error');
    },
    end() {
      hasEnded = true;
    },
  };
}
