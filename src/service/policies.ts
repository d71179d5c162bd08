import type { PolicySet } from '../model/policy.ts';
import type { Engine } from '../queue/engine.ts';
import { createPolicySource, type PolicySource } from '../sources/policy-source.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface PolicyParts {
  readonly initial: PolicySet;
  /** Reads and checks the whole set; throws on any error. */
  readonly load: () => Promise<PolicySet>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => Date;
}

/** The policies in force; every attempt to read new ones is counted, every change is logged. */
export function openPolicies({ initial, load, metrics, log, now }: PolicyParts): PolicySource {
  metrics.recordPolicyLoad('ok', initial.revision, now());
  return createPolicySource({
    initial,
    load: async () => {
      try {
        const loaded = await load();
        metrics.recordPolicyLoad('ok', loaded.revision, now());
        return loaded;
      } catch (error) {
        metrics.recordPolicyLoad('invalid', null, now());
        throw error;
      }
    },
    onLoad(result, detail) {
      if (result === 'ok') log.info({ revision: detail }, 'policy set loaded');
      else log.error({ error: detail }, 'policy set refused; the last good one stays in force');
    },
  });
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
