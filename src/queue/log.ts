import type { Log as FullLog } from '../telemetry/log.ts';

/** What the queue needs of a log. */
export type Log = Pick<FullLog, 'debug' | 'info' | 'warn' | 'error'>;

/** For commands: what goes wrong they tell themselves. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

const QUIET_MS = 10_000;

/** Logs connection errors once per 10 s and text: an outage makes every queue and worker repeat the same one. */
export function createErrorLog(
  log: Log,
  monotonicMs: () => number = () => performance.now(),
): (queue: string, error: Error) => void {
  const loggedAt = new Map<string, number>();
  return (queue, error) => {
    const message = error.message.slice(0, 500);
    const last = loggedAt.get(message);
    if (last !== undefined && monotonicMs() - last < QUIET_MS) return;
    if (loggedAt.size > 100) loggedAt.clear();
    loggedAt.set(message, monotonicMs());
    log.warn({ queue, error: message }, 'queue connection error');
  };
}
