import { targetKey } from '../model/target.ts';
import type { PassRefusal, ReconcileRequest } from '../queue/engine.ts';
import type { PassFacts, Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';

const HOUR_MS = 3_600_000;

/** What crashes of workers come to. A target among them may be innocent: it was only in flight at the same time. */
export const CRASHES = {
  /** From here on a pass is put off by a random time, to part a poisonous target from the others. */
  partAt: 2,
  shortestDelayMs: 1_000,
  longestDelayMs: 15_000,
  /** From here on the target is left alone: so many crashes within an hour are no accident. */
  quarantineAt: 5,
  quarantineMs: HOUR_MS,
} as const;

export interface AdmitParts {
  readonly store: Pick<Store, 'quarantine'>;
  readonly log: Log;
  readonly now: () => Date;
  /** 0–1. */
  readonly random: () => number;
}

/** Why a target gets no pass now; null: it gets one. */
export async function admit(
  { store, log, now, random }: AdmitParts,
  { target, wasPutOff, correlationId }: ReconcileRequest,
  { crashes, quarantinedUntil }: PassFacts,
): Promise<PassRefusal | null> {
  const told = { target: targetKey(target), correlation_id: correlationId, crashes };
  if (quarantinedUntil !== null) {
    log.debug({ ...told, until: quarantinedUntil }, 'target is quarantined');
    return { status: 'quarantined', isNew: false };
  }
  if (crashes >= CRASHES.quarantineAt) {
    const until = new Date(now().getTime() + CRASHES.quarantineMs);
    await store.quarantine(target, until);
    log.error({ ...told, until }, 'target quarantined: its passes took workers down');
    return { status: 'quarantined', isNew: true };
  }
  if (crashes < CRASHES.partAt || wasPutOff) return null;
  const { shortestDelayMs, longestDelayMs } = CRASHES;
  const delayMs = Math.round(shortestDelayMs + random() * (longestDelayMs - shortestDelayMs));
  log.warn({ ...told, delay_ms: delayMs }, 'target was in flight in several crashes; put off');
  return { status: 'put-off', delayMs };
}
