import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createWebhookMetrics } from '../../src/telemetry/webhook-metrics.ts';

describe('createWebhookMetrics()', () => {
  test('createWebhookMetrics() starts every result of the configured types at 0', async () => {
    const registry = new Registry();

    createWebhookMetrics(registry, ['harbor', 'harbor']);

    const text = await registry.metrics();
    expect(text.match(/^tagwarden_webhook_requests_total\{provider="harbor",.* 0$/gm)).toHaveLength(
      10,
    );
    expect(text).toContain('tagwarden_webhook_ack_seconds_count{provider="harbor"} 0');
    expect(text).not.toContain('quay');
  });

  test('createWebhookMetrics() times only what was verified', async () => {
    const registry = new Registry();
    const { recordWebhook } = createWebhookMetrics(registry, ['hmac']);

    recordWebhook({ provider: 'hmac', result: 'accepted', durationMs: 40 });
    recordWebhook({ provider: 'hmac', result: 'bad_signature', durationMs: 4_000 });

    const text = await registry.metrics();
    expect(text).toContain('tagwarden_webhook_requests_total{provider="hmac",result="accepted"} 1');
    expect(text).toContain('{provider="hmac",result="bad_signature"} 1');
    expect(text).toContain('tagwarden_webhook_ack_seconds_sum{provider="hmac"} 0.04');
  });
});
