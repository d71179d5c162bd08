import type { ConfiguredPause } from '../config/schema-pause.ts';
import { globMatcher } from '../model/glob.ts';
import type { Pause, PauseScope } from '../model/pause.ts';
import type { Operation } from '../model/plan.ts';
import type { PolicySet } from '../model/policy.ts';
import { type Target, targetKey } from '../model/target.ts';
import { repeatEvery } from '../queue/timer.ts';
import type { Log } from '../telemetry/log.ts';
import { isFrozen } from './freeze.ts';

/** What may not be written at this moment. */
export interface Holds {
  /** Why this write is held back, for its outcome; null: it is not. */
  reason(target: Target, operation: Operation): string | null;
  /** All pauses that hold something right now. */
  inForce(): readonly Pause[];
  /**
   * Asks the store whether its pauses are still there; asks nothing while there are none. A pass that was asked for when
   * a pause ended must not be held by the last answer, as nobody would ask for it again. Null: it was not asked. Never
   * throws.
   */
  refresh(): Promise<void> | null;
  stop(): void;
}

export interface HoldsOptions {
  /** The pauses of the store; throws when it does not answer. */
  readonly read: () => Promise<readonly Pause[]>;
  readonly configured: readonly ConfiguredPause[];
  readonly now: () => Date;
  readonly log: Log;
}

/** How often the store is asked: with one answer on its way, a pause holds everywhere within 2 s. */
const POLL_MS = 1_000;

/**
 * Keeps the pauses of the store at hand, so that no write has to wait for them. The last answer stands while the store
 * is silent; the first one is waited for. Throws QUEUE_UNAVAILABLE when it does not come.
 */
export async function watchHolds({ read, configured, now, log }: HoldsOptions): Promise<Holds> {
  const startedAt = now();
  let stored = await read();
  let isSilent = false;
  let asked = 0;
  let answered = 0;
  const ask = async (): Promise<void> => {
    asked += 1;
    const turn = asked;
    const found = await read();
    // Answers may come in another order than the questions were asked in.
    if (turn < answered) return;
    answered = turn;
    stored = found;
    isSilent = false;
    tell();
  };
  const inForce = (): readonly Pause[] => [
    ...configuredPauses(configured, startedAt, now()),
    ...stored,
  ];
  let told: readonly Pause[] = [];
  const tell = (): void => {
    const current = inForce();
    logChanges(log, told, current);
    told = current;
  };
  tell();
  const fail = (error: unknown): void => {
    if (!isSilent) log.warn({ error: String(error) }, 'pauses not read; the last ones stand');
    isSilent = true;
    // Windows of the configuration begin and end without the store.
    tell();
  };
  const stop = repeatEvery(POLL_MS, ask, fail);
  return {
    refresh: () => (stored.length > 0 ? ask().catch(fail) : null),
    reason: (target, operation) => holdReasonOf(inForce(), target, operation),
    inForce,
    stop,
  };
}

/** Pauses of the configuration that are in force at `now`; windows in which nothing is frozen are left out. */
export function configuredPauses(
  configured: readonly ConfiguredPause[],
  since: Date,
  now: Date,
): readonly Pause[] {
  return configured.flatMap(({ scope, reason, window }): Pause[] => {
    if (window === null) return [{ scope, reason, by: 'config', since }];
    if (!isFrozen(window, now)) return [];
    const { days, from, to, timeZone } = window;
    const when = `${days.join(', ')} ${from}–${to} ${timeZone}`;
    return [{ scope, reason: `${reason} (${when})`, by: 'config', since }];
  });
}

/** Why an operation is held by any of these pauses, for its outcome; null: none holds it. */
export function holdReasonOf(
  pauses: readonly Pause[],
  target: Target,
  operation: Operation,
): string | null {
  const pause = pauses.find(({ scope }) => matcherOf(scope)(target, operation));
  return pause === undefined ? null : holdReason(pause);
}

/** A pause of a policy that there is none of, or not any more, holds nothing, which its author should hear. */
export function warnOfEmptyPauses(
  pauses: readonly Pick<Pause, 'scope'>[],
  { policies }: PolicySet,
  log: Pick<Log, 'warn'>,
): void {
  const paused = new Set(
    pauses.flatMap(({ scope }) => (scope.type === 'policy' ? [scope.policy] : [])),
  );
  for (const { name } of policies) paused.delete(name);
  for (const policy of paused) log.warn({ policy }, 'a policy is paused that there is none of');
}

type Matcher = (target: Target, operation: Operation) => boolean;

// Asked before every write, so the globs of a pause are compiled once in its life.
const matchers = new WeakMap<PauseScope, Matcher>();

function matcherOf(scope: PauseScope): Matcher {
  const known = matchers.get(scope);
  if (known !== undefined) return known;
  const matcher = createMatcher(scope);
  matchers.set(scope, matcher);
  return matcher;
}

function createMatcher(scope: PauseScope): Matcher {
  switch (scope.type) {
    case 'all':
      return () => true;
    case 'policy':
      return (_, { policy }) => policy === scope.policy;
    case 'targets': {
      const matches = matcherOfGlob(scope.glob);
      return (target) => matches(targetKey(target));
    }
    case 'deletes':
      return (_, { type }) => type === 'delete';
  }
}

function matcherOfGlob(glob: string): (key: string) => boolean {
  try {
    return globMatcher([glob]);
  } catch {
    // A pause nobody can read must not read as "hold nothing".
    return () => true;
  }
}

function holdReason({ by, since, reason }: Pause): string {
  // The configuration holds as long as it stands there, whenever this process read it.
  const start = by === 'config' ? '' : ` since ${since.toISOString().slice(0, 19)}Z`;
  return `paused by ${by}${start}: ${reason}`;
}

function logChanges(log: Log, before: readonly Pause[], after: readonly Pause[]): void {
  const keys = (pauses: readonly Pause[]): ReadonlySet<string> => new Set(pauses.map(keyOf));
  const [had, has] = [keys(before), keys(after)];
  for (const { scope, by, reason, since } of after.filter((pause) => !had.has(keyOf(pause))))
    log.warn({ scope, by, reason, since }, 'writes paused');
  for (const { scope, by } of before.filter((pause) => !has.has(keyOf(pause))))
    log.info({ scope, by }, 'writes resumed');
}

function keyOf({ scope, by }: Pause): string {
  return JSON.stringify([
    by,
    scope.type,
    'policy' in scope ? scope.policy : null,
    'glob' in scope ? scope.glob : null,
  ]);
}
