import { ReconcileError } from '../model/errors.ts';
import type { RunKey } from './port.ts';

/** What a worker knows about the locks of its runs, on a monotonic clock. */
export interface LeaseBook {
  /** Starts the lease of a run whose lock was taken at `takenAt` of the wall clock. */
  open(run: RunKey, takenAt: Date): Lease;
  /** A request sent at `sentAtMs` of the monotonic clock renewed these locks. */
  renew(runs: readonly RunKey[], sentAtMs: number): void;
}

export interface Lease {
  /** Throws CANCELLED when the lock may be lost or the run is to stop. To be called right before each write. */
  check(signal: AbortSignal): void;
  close(): void;
}

export interface LeaseOptions {
  readonly lockDurationMs: number;
  readonly now: () => Date;
  readonly monotonicMs: () => number;
}

/** Part of the lock's time kept in reserve, so that a write sent in time also arrives in time. */
const MARGIN = 0.25;

/** A process frozen for longer than its lock must find out before its next write, without asking the queue. */
export function createLeaseBook({ lockDurationMs, now, monotonicMs }: LeaseOptions): LeaseBook {
  const heldSinceMs = new Map<string, number>();
  const longestMs = lockDurationMs * (1 - MARGIN);
  return {
    open(run, takenAt) {
      const key = keyOf(run);
      // The lock was taken before this code ran, and the process may have been frozen in between.
      const ageMs = Math.max(0, now().getTime() - takenAt.getTime());
      heldSinceMs.set(key, monotonicMs() - ageMs);
      return {
        check(signal) {
          if (signal.aborted) throw cancelled('the run was stopped', signal.reason);
          const heldMs = monotonicMs() - (heldSinceMs.get(key) ?? Number.NEGATIVE_INFINITY);
          if (heldMs > longestMs) throw cancelled('its lock was not renewed in time', null);
        },
        close() {
          heldSinceMs.delete(key);
        },
      };
    },
    renew(runs, sentAtMs) {
      for (const key of runs.map(keyOf)) {
        if (heldSinceMs.has(key)) heldSinceMs.set(key, sentAtMs);
      }
    },
  };
}

function keyOf({ jobId, token }: RunKey): string {
  return `${jobId} ${token}`;
}

function cancelled(found: string, cause: unknown): ReconcileError {
  return new ReconcileError(
    'CANCELLED',
    `Cannot go on with this pass: ${found}, expected to hold the job's lock at each write`,
    { cause },
  );
}
