import { createHmac } from 'node:crypto';
import type { Secret } from '../model/secret.ts';

export interface Signed {
  readonly id: string;
  readonly body: string;
  /** Keys as `whsec_` and base64; each gives a signature, so that they can be changed one side at a time. */
  readonly secrets: readonly Secret[];
}

/**
 * The headers of Standard Webhooks (standardwebhooks.com, "Webhook headers"): HMAC-SHA256 over id, time and body. Without
 * a secret there is an id alone, by which a receiver knows a repeated delivery.
 */
export function signatureHeaders(
  { id, body, secrets }: Signed,
  now: Date,
): Readonly<Record<string, string>> {
  if (secrets.length === 0) return { 'webhook-id': id };
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

function keyOf(secret: Secret): Buffer {
  return Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64');
}
