import type { Policy, PolicySet } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import type { Attributes, Discovered, Target } from '../model/target.ts';
import type { Reason } from './jobs.ts';
import type { Log } from './log.ts';
import type { Backend } from './port.ts';

export type EngineRole = 'scheduler' | 'worker' | 'api';

/** "Look at this target", as a worker hands it on. */
export interface ReconcileRequest {
  readonly target: Target;
  readonly reason: Reason;
  /** Joins everything that one sweep or trigger caused. */
  readonly correlationId: string;
  /** Revision of the policies when the job was added; the pass uses the current ones. */
  readonly revision: string;
  /** What discovery saw at `observedAt`; null: nobody looked, or it was too much to carry. */
  readonly attributes: Attributes | null;
  readonly observedAt: Date | null;
  /** The attributes are BASIC_FACTS only. */
  readonly isPartial?: true | undefined;
  /** What the provider said on discovery that changes when the tags do; null or absent: nothing. */
  readonly fingerprint?: string | null | undefined;
  /** When it was asked for; absent: not known. */
  readonly askedAt?: Date;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Names the crash of the worker that had this job before; the same in every attempt after it. Null: none. */
  readonly crash: string | null;
  /** True: since that crash the job was put off once already. */
  readonly wasPutOff: boolean;
}

/** Why there was no pass: no report, and no failure either. */
export type PassRefusal =
  /** Run it later, and other jobs meanwhile; no attempt is spent. */
  | { readonly status: 'put-off'; readonly delayMs: number }
  /** It takes its workers down; `isNew` for the job that makes it known. */
  | { readonly status: 'quarantined'; readonly isNew: boolean }
  /** No policy asks for it any more. */
  | { readonly status: 'unselected' }
  /** Asked for by name, and its cloud says that there is none; no sweep visits it. */
  | { readonly status: 'gone' };

export interface PassOptions {
  readonly signal: AbortSignal;
  /** Throws CANCELLED when the job's lock may be lost. To be called right before each write. */
  readonly checkLease: () => void;
}

/** "Visit all targets of this policy", as a worker hands it on. */
export interface SweepRequest {
  readonly policy: Policy;
  readonly reason: Reason;
  readonly correlationId: string;
}

/** One sweep under way. */
export interface Sweep {
  /** All targets the policy selects, streamed, as many at a time as are told at once. */
  discover(signal: AbortSignal): AsyncIterable<readonly Discovered[]>;
  /** Those of a chunk that need a pass; of the others it is known, and kept, that they are as they should be. */
  screen(chunk: readonly Discovered[], signal: AbortSignal): Promise<readonly Discovered[]>;
  /** Called when every target was met. */
  completed(): Promise<void>;
}

export interface SweepEvent {
  readonly policy: string;
  /** Targets met, also when the sweep broke off. */
  readonly targets: number;
  /** Those of them that need a pass. */
  readonly visits: number;
  readonly correlationId: string;
  readonly error: string | null;
}

/** Worth counting: crashes, lost locks, throttled accounts, jobs of another version, targets that crash workers or wait too long. */
export interface QueueEvent {
  readonly type:
    | 'stalled'
    | 'lock-lost'
    | 'throttled'
    | 'parked'
    | 'unreadable'
    | 'quarantined'
    | 'overdue';
  readonly queue: string;
  readonly jobId: string;
}

export interface EngineSettings {
  /** A crashed worker's job runs elsewhere after at most this plus `stalledIntervalMs`. */
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** How long an idle worker waits on the store in one go. */
  readonly drainDelayS: number;
  /** Attempts of one job, the first included; after that the next sweep is its retry. */
  readonly attempts: number;
  /** How often the schedulers are compared with the policies, also when nobody calls refresh(). */
  readonly resyncSchedulersMs: number;
  /** How often overdue targets are asked for. */
  readonly watchdogMs: number;
}

export const ENGINE_DEFAULTS: EngineSettings = {
  // A killed worker's targets run elsewhere after at most the sum (ADR 0003).
  lockDurationMs: 8_000,
  stalledIntervalMs: 2_000,
  drainDelayS: 10,
  attempts: 5,
  // The shortest interval of a policy: a Redis that lost its data costs no more than one sweep.
  resyncSchedulersMs: 10_000,
  watchdogMs: 60_000,
};

export interface EngineOptions {
  /** Stays open after stop(); its opener closes it. */
  readonly backend: Backend;
  readonly roles: ReadonlySet<EngineRole>;
  readonly accounts: readonly { readonly name: string; readonly concurrency: number }[];
  /** The current good set, read at each use. */
  readonly policies: () => PolicySet;
  /**
   * Looks at the policy source again and resolves when that is done: true when the newest policies are in force. A
   * commit that is in force already needs no look; null: look in any case. Throws POLICY_UNREACHABLE when it cannot be
   * read, and is asked again then. Default: there is no source to look at.
   */
  readonly refreshPolicies?: (wanted: { readonly commit: string | null }) => Promise<boolean>;
  /** Told of a job that was made for policies this process has not seen yet; returns at once. Default: nothing. */
  readonly onUnknownRevision?: (revision: string) => void;
  /** All targets the policy selects, streamed; for sweeps that give each of them a pass. Default: none. */
  readonly discover?: (policy: Policy, signal: AbortSignal) => AsyncIterable<Discovered>;
  /** Begins a sweep. Default: of what discover() yields. */
  readonly openSweep?: (request: SweepRequest) => Promise<Sweep>;
  readonly reconcile: (
    request: ReconcileRequest,
    options: PassOptions,
  ) => Promise<Report | PassRefusal>;
  readonly onReport: (report: Report, request: ReconcileRequest) => void | Promise<void>;
  /** Takes at most `limit` targets that should have had a pass long ago; each is told to one caller. Default: none. */
  readonly overdue?: (limit: number) => Promise<readonly Target[]>;
  readonly onSweep?: (event: SweepEvent) => void;
  readonly onEvent?: (event: QueueEvent) => void;
  /** A tick of a policy's schedule was worked. */
  readonly onTick?: () => void;
  /** This process has made sure that every policy has its schedule, or could not. */
  readonly onSynced?: (isSynced: boolean) => void;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  /** 0–1, for jitter. */
  readonly random?: () => number;
  readonly settings?: Partial<EngineSettings>;
}

/** EngineOptions with every default filled in, plus what the parts of the engine share. */
export interface EngineContext extends Required<Omit<EngineOptions, 'settings'>> {
  readonly settings: EngineSettings;
  /** True: the policies of this process were that revision, and changed at `since` or later. */
  readonly isPast: (revision: string, since: Date) => boolean;
  /** True once stop() was called: interrupted passes are given back without costing an attempt. */
  readonly isStopping: () => boolean;
}
