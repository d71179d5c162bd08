import { ReconcileError } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import type { EngineContext } from './engine-options.ts';
import { type Reason, reconcileJob, refreshJob, sweepJob } from './jobs.ts';
import { addJob, type Queues } from './queues.ts';

/** A hint that the policies changed: a commit the asker saw at the remote (null: not said) is never desired state. */
export interface RefreshRequest {
  /** Joins everything that one delivery caused. */
  readonly correlationId: string;
  readonly commit?: string | null;
}

/** Asks for work; whoever plays the worker does it. */
export interface Dispatch {
  /**
   * Adds a pass over one target; throws CONFIG_INVALID for an unknown account, QUEUE_UNAVAILABLE within 2 s.
   * `correlationId`: what joins it with its cause, such as the id of a delivery.
   */
  trigger(target: Target, reason: Reason, correlationId?: string): Promise<void>;
  /** Adds a sweep of one policy; throws CONFIG_INVALID when there is none of this name, QUEUE_UNAVAILABLE. */
  sweep(policyName: string, reason: Reason, correlationId?: string): Promise<void>;
  /**
   * Has some worker look at the policy source again, soon; kept in the queue when it resolves. Requests for the same
   * commit melt into one. Throws QUEUE_UNAVAILABLE within 2 s.
   */
  requestRefresh(request: RefreshRequest): Promise<void>;
}

type DispatchContext = Pick<EngineContext, 'policies' | 'newId'> & {
  readonly settings: Pick<EngineContext['settings'], 'attempts'>;
};

/** Jobs as the engine itself adds them, for whoever has only the queues. */
export function createDispatch(context: DispatchContext, queues: Queues): Dispatch {
  const { policies, newId, settings } = context;
  return {
    async trigger(target, reason, correlationId = newId()) {
      const pass = {
        target,
        reason,
        correlationId,
        revision: policies().revision,
        attributes: null,
        observedAt: null,
        askedAt: new Date().toISOString(),
      };
      await addJob(queues.reconcile(target.account), reconcileJob(pass, settings.attempts));
    },
    async sweep(policy, reason, correlationId = newId()) {
      const set = policies();
      if (!set.policies.some(({ name }) => name === policy)) {
        throw new ReconcileError(
          'CONFIG_INVALID',
          `Cannot sweep policy "${policy}": there is none of this name, expected one of the current set`,
        );
      }
      const asked = { correlationId, askedAt: new Date().toISOString() };
      const payload = { policy, reason, revision: set.revision, ...asked };
      await addJob(queues.sweep, sweepJob(payload, settings.attempts, 0));
    },
    async requestRefresh({ correlationId, commit = null }) {
      await addJob(queues.sweep, refreshJob({ correlationId, commit }, settings.attempts));
    },
  };
}
