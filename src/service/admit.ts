import { targetKey } from '../model/target.ts';
import type { PassRefusal, ReconcileRequest } from '../queue/engine.ts';
import type { PassFacts, Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';

const HOUR_MS = 3_600_000;

/** What deaths of workers come to. A target among them may be innocent: it was only in flight at the same time. */
export const CRASHES = {
  /** From so many in a row on a pass is put off by a random time, to part a poisonous target from the others. */
  partAt: 2,
  shortestDelayMs: 500,
  longestDelayMs: 4_000,
  /** From here on within an hour the target is left alone, when it was there at this share of all deaths meanwhile. */
  quarantineAt: 5,
  quarantineShare: 1 / 3,
  /** From here on without one pass that came to an end it is left alone in any case: there may be several such targets. */
  quarantineAtInRow: 10,
  quarantineMs: HOUR_MS,
} as const;

export interface AdmitParts {
  readonly store: Pick<Store, 'quarantine'>;
  readonly log: Log;
  readonly now: () => Date;
  /** 0–1. */
  readonly random: () => number;
}

/** True: nothing is held against the target, so it gets a pass and admit() need not be asked. */
export function isTrusted(facts: PassFacts): boolean {
  const { quarantinedUntil, crashesInRow } = facts;
  return quarantinedUntil === null && crashesInRow < CRASHES.partAt && !isPoisonous(facts);
}

/** Why a target gets no pass now; null: it gets one. */
export async function admit(
  { store, log, now, random }: AdmitParts,
  { target, wasPutOff, correlationId }: ReconcileRequest,
  facts: PassFacts,
): Promise<PassRefusal | null> {
  const { crashes, crashesInRow, deaths, quarantinedUntil } = facts;
  const told = { target: targetKey(target), correlation_id: correlationId, crashes, deaths };
  if (quarantinedUntil !== null) {
    log.debug({ ...told, until: quarantinedUntil }, 'target is quarantined');
    return { status: 'quarantined', isNew: false };
  }
  if (isPoisonous(facts)) {
    const until = new Date(now().getTime() + CRASHES.quarantineMs);
    await store.quarantine(target, until);
    log.error({ ...told, until }, 'target quarantined: its passes took workers down');
    return { status: 'quarantined', isNew: true };
  }
  if (crashesInRow < CRASHES.partAt || wasPutOff) return null;
  const { shortestDelayMs, longestDelayMs } = CRASHES;
  const delayMs = Math.round(shortestDelayMs + random() * (longestDelayMs - shortestDelayMs));
  log.warn({ ...told, delay_ms: delayMs }, 'target was in flight in several crashes; put off');
  return { status: 'put-off', delayMs };
}

/** Workers that die of something else take any target with them, but no target again and again. */
function isPoisonous({ crashes, crashesInRow, deaths }: PassFacts): boolean {
  const { quarantineAt, quarantineShare, quarantineAtInRow } = CRASHES;
  const isOften = crashes >= quarantineAt && crashes >= deaths * quarantineShare;
  return isOften || crashesInRow >= quarantineAtInRow;
}
