import type { Config } from '../config/load.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import type { Target } from '../model/target.ts';
import type { PlanInput } from '../plan/plan.ts';
import type { PolicyIssue } from '../policy/issue.ts';
import type { HeapRoom } from './small-heap.ts';

/** One visit to every selected target, from the command line. */
export interface SweepRequest {
  /** Glob over `account/path`, or one target by name; null: all. */
  readonly target: string | null;
  readonly dryRun: boolean;
  /** Plan digests let through although a guard refused them. */
  readonly confirmed: ReadonlySet<string>;
  /** Digest each target's plan must still have; a target that is not named is left alone. Null: any. */
  readonly expected: ReadonlyMap<string, string> | null;
  readonly onReport: (report: Report) => void;
  /** The store of the queue does not take down what is written; told once, and the sweep goes on. */
  readonly onUnrecorded?: (error: unknown) => void;
}

/** Who runs in this process. */
export const ROLES = ['scheduler', 'worker', 'api'] as const;
export type Role = (typeof ROLES)[number];

export interface ServiceOptions {
  readonly roles: ReadonlySet<Role>;
  readonly host: string;
  readonly port: number;
  readonly onReport: (report: Report) => void;
  readonly writeLog: (line: string) => void;
  /** Absent: the heap is left to itself. */
  readonly heap?: HeapRoom;
  /** Aborted: a start that is under way is given up. */
  readonly signal: AbortSignal;
}

/** A failure that nobody waited for: of a promise, or thrown past every catch. */
export type Fault = 'rejection' | 'exception';

/** The long-running service after its start. */
export interface Service {
  readonly url: string;
  trigger(target: Target): Promise<void>;
  /** Logs and counts what nobody else has heard of. */
  reportFault(fault: Fault, error: unknown): void;
  /**
   * Stops taking work, waits for what runs up to the grace period, closes everything. With `drain` requests are answered
   * until load balancers have had the time to notice.
   */
  stop(graceMs: number, drain?: boolean): Promise<void>;
}

export interface Preflight {
  readonly check: string;
  /** Null: fine. */
  readonly problem: string | null;
  readonly detail: string;
}

/** The wired application, as commands see it. `compose.ts` makes it. */
export interface App {
  readonly config: Config;
  readonly policySet: PolicySet;
  readonly warnings: readonly PolicyIssue[];
  sweep(request: SweepRequest, signal: AbortSignal): Promise<readonly Report[]>;
  startService(options: ServiceOptions): Promise<Service>;
  /** One target as it is now: everything a plan of it depends on. Throws what the provider throws. */
  look(target: Target, signal: AbortSignal): Promise<PlanInput>;
  /** The policies and where they come from, one harmless read per account, and the queue's settings. */
  preflight(signal: AbortSignal): Promise<readonly Preflight[]>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** From --config; null: TAGWARDEN_CONFIG, else tagwarden.yaml. */
  readonly configFile: string | null;
  /** From the command line; null: policies.path. */
  readonly policyFolder: string | null;
  /**
   * What opens an app without policies: `wait`, a remote that cannot be read, for a service that asks it again; `tell`,
   * whatever is wrong with them, for preflight() to tell. Default: nothing does.
   */
  readonly withoutPolicies?: 'wait' | 'tell';
}

/** What `validate` found. */
export interface Validation {
  readonly issues: readonly PolicyIssue[];
  readonly policies: number;
  readonly files: number;
  /** Null: no configuration file, so accounts were not checked. */
  readonly configFile: string | null;
}
