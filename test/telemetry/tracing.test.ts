import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { openBackend } from '../../src/queue/backend.ts';
import { createQueueTelemetry } from '../../src/queue/tracing.ts';
import { createScrubber } from '../../src/telemetry/scrub.ts';
import { openTracing, type Tracing } from '../../src/telemetry/tracing.ts';
import { pause, SILENT } from '../queue/support.ts';

const Span = z.object({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).default({}),
});
type Span = z.infer<typeof Span>;
const Body = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(Span) })) })),
});

async function startCollector() {
  const requests: { path: string; text: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', text: Buffer.concat(chunks).toString() });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const spans = (): Span[] =>
    requests.flatMap(({ text }) =>
      Body.parse(JSON.parse(text)).resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap((scope) => scope.spans),
      ),
    );
  return { url: `http://127.0.0.1:${port}`, requests, spans, close: () => void server.close() };
}

describe('openTracing()', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let tracing: Tracing | null = null;
  const scrubber = createScrubber();
  scrubber.add('hunter22');

  beforeEach(async () => {
    collector = await startCollector();
    tracing = await openTracing({ endpoint: `${collector.url}/`, version: '1', scrubber });
  });
  afterEach(async () => {
    await tracing?.close();
    collector.close();
  });

  test('span() sends nested spans over OTLP/HTTP, and gives their ids to log lines', async () => {
    const ids = await tracing?.span('list', {}, async () => {
      await tracing?.span('apply add', { tag: 'x' }, async () => await pause(1));
      return tracing?.ids();
    });
    await tracing?.close();

    const [inner, outer] = collector.spans();
    expect(collector.requests[0]?.path).toBe('/v1/traces');
    expect([inner?.name, outer?.name]).toEqual(['apply add', 'list']);
    expect(inner?.parentSpanId).toBe(outer?.spanId);
    expect(ids).toEqual({ trace_id: outer?.traceId, span_id: outer?.spanId });
    expect(tracing?.ids()).toEqual({});
  });

  test('span() notes and passes on what the work throws; no secret is sent', async () => {
    const work = async () => await Promise.reject(new Error('refused with hunter22'));

    await expect(
      tracing?.span('plan hunter22', { url: 'http://hunter22@x' }, work),
    ).rejects.toThrow('hunter22');
    await tracing?.close();

    const sent = collector.requests.map(({ text }) => text).join();
    expect(sent).not.toContain('hunter22');
    expect(collector.spans()[0]?.status).toEqual({ code: 2, message: 'refused with [secret]' });
  });

  test('a job carries the context of who added it, and its span begins a trace linked to that', async () => {
    const telemetry = await createQueueTelemetry('1');
    const prefix = `{trace-${process.pid}}`;
    const backend = await openBackend(inject('redisUrl'), { log: SILENT, prefix, telemetry });
    const queue = backend.createQueue('reconcile.swr');
    const worked = Promise.withResolvers<void>();
    const worker = backend.createWorker(
      'reconcile.swr',
      async (job) => {
        await tracing?.span('list', {}, async () => await pause(1));
        worked.resolve();
        expect(job.opts.telemetry?.metadata).toContain('traceparent');
      },
      {
        concurrency: 1,
        lockDurationMs: 5_000,
        stalledIntervalMs: 5_000,
        drainDelayS: 1,
        backoff: () => 0,
        onRenewed: () => undefined,
        onStalled: () => undefined,
        onLockLost: () => undefined,
      },
    );

    await tracing?.span('delivery', {}, async () => await queue.add('reconcile', {}));
    await worked.promise;
    await worker.close();
    await queue.close();
    await backend.close();
    await tracing?.close();

    const spans = collector.spans();
    const named = (pattern: RegExp): Span | undefined =>
      spans.find(({ name }) => pattern.test(name));
    const [delivery, added, consumer, list] = [
      /^delivery$/,
      /^add /,
      /^process reconcile\.swr/,
      /^list$/,
    ].map(named);
    expect(added?.parentSpanId).toBe(delivery?.spanId);
    expect(consumer?.parentSpanId ?? '').toBe('');
    expect(consumer?.traceId).not.toBe(delivery?.traceId);
    expect(consumer?.links).toEqual([{ traceId: added?.traceId, spanId: added?.spanId }]);
    expect(list?.parentSpanId).toBe(consumer?.spanId);
  }, 20_000);
});
