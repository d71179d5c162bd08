import { Counter, Histogram, type Registry } from 'prom-client';

const RESULTS = [
  'accepted',
  'duplicate',
  'ignored',
  'bad_signature',
  'malformed',
  'too_large',
  'unsupported',
  'insecure',
  'rate_limited',
  'unavailable',
] as const;
/** What came of a request to a hook; `not_found`: there is none at its path. */
export type WebhookResult = (typeof RESULTS)[number] | 'not_found';

/** One answered request. */
export interface WebhookEvent {
  /** Type of the hook; none: there is none at the path. */
  readonly provider: string;
  readonly result: WebhookResult;
  readonly durationMs: number;
}

/** What never became a request to a hook, and what the parser refused. */
const NO_HOOK = ['not_found', 'rate_limited', 'malformed', 'too_large'] as const;

const ACK_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
/** Verified deliveries; what a forger waits for is no promise. */
const ACKNOWLEDGED: ReadonlySet<WebhookResult> = new Set([
  'accepted',
  'duplicate',
  'ignored',
  'unavailable',
]);

/** Adds the metrics of webhooks, every result of the configured types at 0. */
export function createWebhookMetrics(
  registry: Registry,
  providers: readonly string[],
): { readonly recordWebhook: (event: WebhookEvent) => void } {
  const registers = [registry];
  const requests = new Counter({
    name: 'tagwarden_webhook_requests_total',
    help: 'Requests to webhook receivers by type of sender and result',
    labelNames: ['provider', 'result'],
    registers,
  });
  const acks = new Histogram({
    name: 'tagwarden_webhook_ack_seconds',
    help: 'Time from the head of a verified delivery to its answer, the durable enqueue included',
    labelNames: ['provider'],
    buckets: ACK_BUCKETS_S,
    registers,
  });
  for (const result of NO_HOOK) requests.inc({ provider: 'none', result }, 0);
  for (const provider of new Set(providers)) {
    acks.zero({ provider });
    for (const result of RESULTS) requests.inc({ provider, result }, 0);
  }
  return {
    recordWebhook({ provider, result, durationMs }) {
      requests.inc({ provider, result });
      if (ACKNOWLEDGED.has(result)) acks.observe({ provider }, durationMs / 1_000);
    },
  };
}
