import { Counter, type Registry } from 'prom-client';

const RESULTS = ['delivered', 'rejected', 'failed', 'dropped'] as const;
/** What became of a notice. */
export type NotificationResult = (typeof RESULTS)[number];

/** Metrics of what people are told. */
export interface NotifyMetrics {
  recordNotification(receiver: string, result: NotificationResult, count: number): void;
}

/** Adds the metrics to the registry, every known label at 0. */
export function createNotifyMetrics(
  registry: Registry,
  receivers: readonly string[],
): NotifyMetrics {
  const notifications = new Counter({
    name: 'tagwarden_notifications_total',
    help: 'Notices by receiver and result: delivered, rejected by the receiver, failed after retries, dropped unsent',
    labelNames: ['receiver', 'result'],
    registers: [registry],
  });
  for (const receiver of receivers)
    for (const result of RESULTS) notifications.inc({ receiver, result }, 0);
  return {
    recordNotification: (receiver, result, count) => notifications.inc({ receiver, result }, count),
  };
}
