import type { Config } from '../config/load.ts';
import type { TargetRecord } from '../model/history.ts';
import type { Target } from '../model/target.ts';
import { type Notifications, openNotifications } from '../notify/open.ts';
import type { ReceiverEvent } from '../notify/receiver.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createNotifyMetrics } from '../telemetry/notify-metrics.ts';

export type { Notifications } from '../notify/open.ts';

export interface NotifyFacts {
  readonly config: Pick<Config, 'receivers'>;
  readonly metrics: Pick<Metrics, 'registry'>;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Blanks secrets in what is sent. */
  readonly scrub: (text: string) => string;
}

/** Tells whom the configuration names, counted and logged. */
export function notificationsOf({ config, log, ...facts }: NotifyFacts): Notifications {
  const { receivers } = config;
  const names = receivers.map(({ name }) => name);
  const counters = createNotifyMetrics(facts.metrics.registry, names);
  const onEvent = (event: ReceiverEvent): void => {
    counters.recordNotification(event.receiver, event.result, event.count);
    logEvent(log, event);
  };
  const { now, newId, scrub } = facts;
  return openNotifications({ receivers, onEvent, now, newId, scrub, random: Math.random });
}

function logEvent(log: Log, { receiver, result, count, attempts, detail }: ReceiverEvent): void {
  const told = { receiver, notices: count, attempts };
  if (result === 'delivered') log.debug(told, 'notification delivered');
  else log.warn({ ...told, result, reason: detail }, 'notification lost');
}

/** How a target stood before; null: not known, so that a failure is told rather twice than never. */
export async function lastRecord(
  store: Pick<Store, 'target'>,
  target: Target,
  log: Log,
): Promise<TargetRecord | null> {
  try {
    return await store.target(target);
  } catch (error) {
    log.warn({ error: String(error) }, 'last record was not read');
    return null;
  }
}
