import type { Pause } from '../../model/pause.ts';
import type { PolicySet } from '../../model/policy.ts';
import type { Target } from '../../model/target.ts';
import type { Explained } from '../../report/explain.ts';
import type { Status } from '../../report/status.ts';
import type { Store } from '../../store/store.ts';

/** The running deployment as the API reaches it. Calls throw what store and queues throw. */
export interface Deployment {
  readonly store: Pick<
    Store,
    | 'target'
    | 'targets'
    | 'counts'
    | 'run'
    | 'runs'
    | 'pauses'
    | 'pause'
    | 'resume'
    | 'quarantined'
    | 'release'
  >;
  readonly accounts: readonly string[];
  readonly version: string;
  readonly now: () => Date;
  /** The policies in force. */
  readonly policies: () => PolicySet;
  /** Why the newest policies are not in force; null: they are. */
  readonly policyProblem: () => string | null;
  /** Pauses of the configuration that are in force. */
  readonly configuredPauses: () => readonly Pause[];
  readonly queues: () => Promise<Status['queues']>;
  readonly trigger: (target: Target, correlationId: string) => Promise<void>;
  readonly sweep: (policy: string, correlationId: string) => Promise<void>;
  /** Reads the target at its cloud and tells which rules decide about it; tag null: about every name. */
  readonly explain: (target: Target, tag: string | null, signal: AbortSignal) => Promise<Explained>;
}
