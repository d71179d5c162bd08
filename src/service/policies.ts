import type { PolicySet } from '../model/policy.ts';
import { commitOf } from '../model/revision.ts';
import type { Engine } from '../queue/engine.ts';
import {
  createPolicySource,
  type LoadEvent,
  type LoadedSet,
  type PolicySource,
} from '../sources/policy-source.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface PolicyParts {
  readonly initial: LoadedSet;
  /** Reads and checks the whole set; throws on any error. */
  readonly load: () => Promise<LoadedSet>;
  readonly metrics: Pick<Metrics, 'recordPolicyLoad'>;
  readonly log: Log;
  readonly now: () => Date;
}

/** The policies in force; every attempt to read new ones is counted, every change is logged. */
export function openPolicies({ initial, load, metrics, log, now }: PolicyParts): PolicySource {
  recordGood(metrics, initial.revision, now());
  return createPolicySource({
    initial,
    load,
    now,
    onLoad(event) {
      if (event.result === 'ok') recordGood(metrics, event.revision, now());
      else metrics.recordPolicyLoad(event.result, null, now());
      if (event.isNews) logLoad(log, event);
    },
  });
}

function recordGood(
  metrics: PolicyParts['metrics'],
  revision: PolicySet['revision'],
  now: Date,
): void {
  const git = commitOf(revision);
  if (git === null) metrics.recordPolicyLoad('ok', revision, now);
  else metrics.recordPolicyLoad('ok', git.commit, now, git.ref);
}

function logLoad(log: Log, event: LoadEvent): void {
  if (event.result !== 'ok') {
    const told = { reason: event.result, error: event.message };
    log.error(told, 'policy set refused; the last good one stays in force');
    return;
  }
  const { revision, previous, isRollback } = event;
  if (isRollback)
    log.warn({ event: 'revision_rollback', revision, previous }, 'policies went back');
  log.info({ revision, previous }, 'policy set loaded');
}

export interface PolicyFollowers {
  readonly engine: Pick<Engine, 'refresh'>;
  readonly log: Log;
  /** Called when other policies came into force. */
  readonly onNew: () => void;
}

/** Reads the policies again and makes the schedulers follow them. */
export async function refreshPolicies(
  source: PolicySource,
  { engine, log, onNew }: PolicyFollowers,
): Promise<void> {
  try {
    if (!(await source.refresh())) return;
    onNew();
    await engine.refresh();
  } catch (error) {
    // The schedulers are compared again on a timer, so this is only lateness.
    log.warn({ error: String(error) }, 'schedulers do not follow the new policies yet');
  }
}
