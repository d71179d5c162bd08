import type { Pause } from '../model/pause.ts';
import type { Report } from '../model/report.ts';
import type { Target } from '../model/target.ts';
import type { Explained } from '../report/explain.ts';
import type { Store, TargetQuery } from '../store/store.ts';
import type { QueueDepth } from '../telemetry/metrics.ts';

/** What operators read and change of the things a deployment remembers. */
export interface ConsoleStore
  extends Pick<
    Store,
    'counts' | 'run' | 'runs' | 'pauses' | 'pause' | 'resume' | 'quarantined' | 'release'
  > {
  /** `glob` may narrow the page, so that less has to travel. */
  targets(query: TargetQuery & { readonly glob?: string | null }): ReturnType<Store['targets']>;
}

/** What operators need to know of the policies. */
export interface KnownPolicies {
  readonly revision: string;
  readonly policies: readonly { readonly name: string; readonly suspend: boolean }[];
}

/** The running deployment as its operators reach it: what it remembers, and the queues to ask for work. */
export interface Console {
  readonly store: ConsoleStore;
  /** Pauses of the configuration; only a change of it ends them. */
  readonly configured: readonly Pause[];
  /** Read when it is asked for; throws PolicyErrors. */
  readonly policies: () => Promise<KnownPolicies>;
  /** Why the newest policies are not in force; null: they are. Absent: only the service knows. */
  readonly policyProblem?: () => Promise<string | null>;
  readonly now: () => Date;
  /** False for an account that targets of the store may still name. */
  isConfigured(account: string): boolean;
  /** Asks for a pass; throws CONFIG_INVALID for an unknown account, QUEUE_UNAVAILABLE. */
  trigger(target: Target): Promise<void>;
  /** Asks for a sweep of one policy; throws CONFIG_INVALID, QUEUE_UNAVAILABLE. */
  sweep(policy: string): Promise<void>;
  queues(): Promise<readonly QueueDepth[]>;
  close(): Promise<void>;
}

/** Reached by way of its store and queues, with the credentials of the clouds at hand. */
export interface LocalConsole extends Console {
  undo(request: UndoRequest, signal: AbortSignal): Promise<Report>;
}

/** Reached by way of its API. Every call also throws SERVER_UNREACHABLE, SERVER_REFUSED. */
export interface RemoteConsole extends Console {
  explain(target: Target, tag: string | null): Promise<Explained>;
}

export interface UndoRequest {
  readonly run: string;
  readonly dryRun: boolean;
  /** Plan digests let through although a guard refused them. */
  readonly confirmed: ReadonlySet<string>;
}
