import type { DigestFactStore } from '../model/digest-fact.ts';
import type { Run, RunHeader, TargetRecord } from '../model/history.ts';
import type { Pause, PauseScope } from '../model/pause.ts';
import type { Operation } from '../model/plan.ts';
import type { Outcome, ReportStatus } from '../model/report.ts';
import type { Target } from '../model/target.ts';

/** What a pass needs to know before it starts. */
export interface PassFacts {
  /** Tags at the last complete listing; null: not known. */
  readonly baseline: number | null;
  /** A newer release keeps the record of the target: what it knows, `baseline` too, is hidden from this one. */
  readonly isOfNewerRelease: boolean;
  /** The target took its worker down too often; null: it may run. */
  readonly quarantinedUntil: Date | null;
  /** Processes that died within the last hour while they worked on the target; one that was heard of since does not count. */
  readonly crashes: number;
  /** Those of them since the last pass that came to an end. */
  readonly crashesInRow: number;
  /** Processes of the whole fleet that died since the first of `crashes`, these included. */
  readonly deaths: number;
}

/** Who begins a pass, and what is known of the attempt before it. */
export interface PassStart {
  /** Id of the crash that ended an earlier attempt at this target; null: none did. */
  readonly crash: string | null;
  /** Id of this process, of no other one ever, without spaces. */
  readonly process: string;
}

/** How a target stands, finer than the status of its last report. */
export const TARGET_STATES = [
  'in_sync',
  'drifted',
  'pending',
  'error',
  'unknown',
  'guarded',
  'paused',
] as const;
export type TargetState = (typeof TARGET_STATES)[number];

/** What a pass says about how its target stands. */
export interface Standing {
  readonly state: TargetState;
  /** Names of the policies that select the target. */
  readonly policies: readonly string[];
  readonly at: Date;
  /** What confirm() knows the state by; null or absent: nothing. */
  readonly mark?: string | null;
}

/** What became of a target, and how it stands since. */
export interface FinishedPass {
  readonly record: TargetRecord;
  /** As for finish(). */
  readonly dueAt: Date | null;
  /** Null: as before. */
  readonly standing: Standing | null;
}

/** A target that was seen without a pass. */
export interface Sighting {
  readonly target: Target;
  /** Stands for everything that the state of the target follows from. */
  readonly mark: string;
  /** As for finish(). */
  readonly dueAt: Date | null;
}

export interface SightingTimes {
  /** All of them were seen at this time or later. */
  readonly seenAt: Date;
  readonly now: Date;
}

/** How all targets stand. */
export interface Standings {
  readonly states: ReadonlyMap<TargetState, number>;
  /** Since when the longest of a policy's targets is not in sync; a policy that is not named has none. */
  readonly oldestUnsynced: ReadonlyMap<string, Date>;
}

/** A slice of a long list in a stable order. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Give it as `after` to go on; null: this was the last. */
  readonly next: string | null;
}

export interface DeleteLimits {
  readonly maxPerHour: number;
  /** 0–100, of all tags at the last listings of all targets; 100: no limit by share. */
  readonly maxPercent: number;
}

/** Tokens taken from an account's shared request budget. */
export interface BudgetGrant {
  /** When the first of them may be used, from now. */
  readonly waitMs: number;
  /** Time between one and the next. */
  readonly spacingMs: number;
}

export interface BudgetRequest {
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly count: number;
}

/**
 * What a deployment remembers between passes and processes: reports, history, pauses, counters. Losing it costs
 * history and comfort, never a tag. Every call throws QUEUE_UNAVAILABLE within 2 s when the store does not answer; it
 * may still be carried out later. Times come from the callers; counters that processes share use the store's own clock.
 * What another release wrote reads as absent and stays until this one writes the same thing; a record of a target that a
 * newer release wrote stays until that release has not been there for a day. Nothing grows for ever:
 * what has no expiry of its own is bounded by prune(). Facts of digests take a round trip for each 1,000; the 200,000 asked
 * for last are kept, for 30 days after they were.
 */
export interface Store extends DigestFactStore {
  /**
   * One round trip, shared by all passes that begin at the same time; a further one on SQL where a crash is held against
   * the target. Notes that the target is in the hands of this process now; a crash counts as the death of the
   * process that had it before, once a day however often it is told.
   */
  begin(target: Target, start: PassStart, now: Date): Promise<PassFacts>;
  /** A sign of life: the crashes that are held against this process were none of its deaths. */
  heard(process: string): Promise<void>;
  /**
   * Keeps what a pass came to, in one round trip, shared by all passes that end at the same time. `dueAt`: when a watchdog
   * may ask why there was no further pass; null: never. Carried over from the record before: `since` while the status is the same, `runId` and `baseline` where
   * `record` has null. `standing`: how the target stands after it, where since when it is not in
   * sync is carried over; null or absent: as before.
   */
  finish(record: TargetRecord, dueAt: Date | null, standing?: Standing | null): Promise<void>;
  /**
   * Notes of targets that are as their last pass left them that they were seen so, in a round trip for each 1,000: those
   * that stand in sync with the same mark count as passed at `now`. Gives the others, which need a pass or a record, but not
   * those that were passed after `seenAt`: of them more is known already.
   */
  confirm(sightings: readonly Sighting[], times: SightingTimes): Promise<readonly Target[]>;
  /**
   * finish() of many targets, in a round trip for some hundred; of one that is given twice the last counts. What was passed
   * later than is said here stays as it is: of it more is known already.
   */
  finishAll(passes: readonly FinishedPass[]): Promise<void>;
  /** Cheap at any number of targets: for metrics. */
  standings(policies: readonly string[]): Promise<Standings>;
  /** The target is selected by no policy any more; its runs stay. */
  forget(target: Target): Promise<void>;
  target(target: Target): Promise<TargetRecord | null>;
  /** Sorted by target key, byte by byte. A page may be short, or empty, with more to follow. */
  targets(query: TargetQuery): Promise<Page<TargetRecord>>;
  /** How many targets have which status, and how many are quarantined. */
  counts(now: Date): Promise<Readonly<Record<ReportStatus | 'quarantined', number>>>;
  /** Targets whose `dueAt` is before `now`, at most `limit`; each is told to one caller only, and again after `againMs`. */
  takeOverdue(options: OverdueQuery): Promise<readonly Target[]>;

  /**
   * Writes down the run with its first operation, or a further operation. `seq` counts from 0 in the run; what was
   * written down under it already stays.
   */
  intend(run: RunHeader, seq: number, operation: Operation, at: Date): Promise<void>;
  /** The last outcome told counts; nothing happens when the operation is not known. */
  settle(runId: string, seq: number, outcome: Outcome): Promise<void>;
  endRun(runId: string, at: Date): Promise<void>;
  /** With all operations. */
  run(id: string): Promise<Run | null>;
  /** Newest first, each with its first 50 operations. Throws CONFIG_INVALID for an `after` that no page gave. */
  runs(query: RunQuery): Promise<Page<Run>>;

  /** Sorted by scope. What another release wrote reads as a pause of everything. */
  pauses(): Promise<readonly Pause[]>;
  /** Replaces a pause of the same scope. */
  pause(pause: Pause): Promise<void>;
  /** False: nothing of that scope was paused. Resuming `deletes` empties the hour that takeDeletes() counts. */
  resume(scope: PauseScope): Promise<boolean>;

  quarantine(target: Target, until: Date): Promise<void>;
  /** Ends the quarantine and forgets the crashes; false: there was none. */
  release(target: Target): Promise<boolean>;
  quarantined(now: Date): Promise<readonly { readonly target: Target; readonly until: Date }[]>;

  /**
   * Takes `count` deletes out of the fleet's budget of the last hour, all or none. False: it is used up. A delete counts
   * for an hour and at most a minute more. The budget is the smaller of `maxPerHour` and `maxPercent` of all known tags,
   * but never less than 100 (or `maxPerHour`), so a store that lost its memory starts strict.
   */
  takeDeletes(count: number, limits: DeleteLimits): Promise<boolean>;
  /**
   * Reserves requests of the account for this process, spaced so that all processes together keep the rate: never more
   * than `requestsPerSecond` × t + `burst` in any time t.
   */
  reserve(account: string, request: BudgetRequest): Promise<BudgetGrant>;

  /**
   * When each name of a target was first seen; those not seen before get `now`. Names not given are forgotten, and so
   * are those of a target that is forgotten or pruned, or that nobody asked for in 90 days.
   */
  firstSeen(
    target: Target,
    names: readonly string[],
    now: Date,
  ): Promise<ReadonlyMap<string, Date>>;
  /** What was learned about an account's backend within the last 30 days; null: nothing. */
  learned(account: string, fact: string): Promise<string | null>;
  learn(account: string, fact: string, value: string): Promise<void>;

  /**
   * Claims the delivery of a webhook for this caller, who keeps or drops it. `new`: it is the caller's for 30 s;
   * `pending`: somebody else's; `known`: it was kept within the last 24 h. At most 100,000 are known, the newest.
   */
  claimDelivery(id: string, now: Date): Promise<'new' | 'pending' | 'known'>;
  /** What the delivery asked for is durable: it need not come again. */
  keepDelivery(id: string, now: Date): Promise<void>;
  /** Ends a claim, so that the sender may try again at once. */
  dropDelivery(id: string): Promise<void>;

  /** Drops runs that are older or more than these bounds, and targets not passed since `before`. */
  prune(bounds: { readonly before: Date; readonly maxRuns: number }): Promise<void>;
}

export interface TargetQuery {
  readonly status: ReportStatus | null;
  /** Only targets of this account; null: all. */
  readonly account: string | null;
  readonly after: string | null;
  readonly limit: number;
}

export interface OverdueQuery {
  readonly now: Date;
  readonly limit: number;
  readonly againMs: number;
}

export interface RunQuery {
  /** Null: of all targets. */
  readonly target: Target | null;
  readonly after: string | null;
  readonly limit: number;
}
