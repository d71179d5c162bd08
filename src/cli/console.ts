import type { Pause } from '../model/pause.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import type { Target } from '../model/target.ts';
import type { Store } from '../store/store.ts';
import type { QueueDepth } from '../telemetry/metrics.ts';

/** The running deployment as its operators reach it: what it remembers, and the queues to ask for work. */
export interface Console {
  readonly store: Store;
  /** Pauses of the configuration; only a change of it ends them. */
  readonly configured: readonly Pause[];
  /** Read when it is asked for; throws PolicyErrors. */
  readonly policies: () => Promise<PolicySet>;
  readonly now: () => Date;
  /** False for an account that targets of the store may still name. */
  isConfigured(account: string): boolean;
  /** Asks for a pass; throws CONFIG_INVALID for an unknown account, QUEUE_UNAVAILABLE. */
  trigger(target: Target): Promise<void>;
  /** Asks for a sweep of one policy; throws CONFIG_INVALID, QUEUE_UNAVAILABLE. */
  sweep(policy: string): Promise<void>;
  queues(): Promise<readonly QueueDepth[]>;
  undo(request: UndoRequest, signal: AbortSignal): Promise<Report>;
  close(): Promise<void>;
}

export interface UndoRequest {
  readonly run: string;
  readonly dryRun: boolean;
  /** Plan digests let through although a guard refused them. */
  readonly confirmed: ReadonlySet<string>;
}
