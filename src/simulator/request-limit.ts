import { z } from 'zod';
import { SERVICE_NAMES, type ServiceName } from './exchange.ts';

/** A gateway that takes so many requests a second and refuses the others with 429: a token bucket, full to begin with. */
export const RequestLimitSchema = z.strictObject({
  /** Null: the limit is that of all services together. */
  service: z.enum(SERVICE_NAMES).nullable().default(null),
  requestsPerSecond: z.number().positive(),
  burst: z.number().min(1).default(1),
  /** Null: a refusal does not say how long to wait. */
  retryAfterS: z.number().nonnegative().nullable().default(null),
});
export type RequestLimit = z.input<typeof RequestLimitSchema>;

/** How a request is refused. */
export interface LimitRefusal {
  readonly kind: '429';
  readonly retryAfterS: number | undefined;
}

/** Decides about each request in turn; null: it may pass. */
export function createRequestLimit(
  options: RequestLimit,
  now: () => number,
): (subject: { readonly service: ServiceName }) => LimitRefusal | null {
  const { service, requestsPerSecond, burst, retryAfterS } = RequestLimitSchema.parse(options);
  let tokens = burst;
  let atMs = now();
  return (subject) => {
    if (service !== null && service !== subject.service) return null;
    const nowMs = now();
    tokens = Math.min(burst, tokens + ((nowMs - atMs) / 1_000) * requestsPerSecond);
    atMs = nowMs;
    if (tokens < 1) return { kind: '429', retryAfterS: retryAfterS ?? undefined };
    tokens -= 1;
    return null;
  };
}
