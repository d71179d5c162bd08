import type { Config } from '../config/load.ts';
import { type Target, targetKey } from '../model/target.ts';
import type { PassFacts } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';

interface Begun {
  readonly target: Target;
  readonly facts: Pick<PassFacts, 'isOfNewerRelease'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Guards of a pass. Where a newer release keeps the record of the target, how many tags it had is hidden here, so that a
 * listing that lost half of them would not be noticed: no delete is made, and the newer release makes it.
 */
export function guardsOf(
  { guards }: Pick<Config, 'guards'>,
  { target, facts, log }: Begun,
): Config['guards'] {
  if (!facts.isOfNewerRelease) return guards;
  log.warn(
    { target: targetKey(target) },
    'a newer release keeps the record of the target: it is left alone, and nothing is deleted',
  );
  return { ...guards, maxDeletePercent: 0 };
}
