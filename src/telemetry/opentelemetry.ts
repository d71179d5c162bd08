import {
  context,
  isSpanContextValid,
  propagation,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { withDeadline } from '../model/deadline.ts';
import type { ContextFields } from './context.ts';
import type { Scrubber } from './scrub.ts';
import { scrubbing } from './scrubbed-spans.ts';

/** Traces of this process, sent to a collector. */
export interface Tracing {
  /** Does the work within a span; what it throws is noted on the span and thrown. */
  span<T>(
    name: string,
    attributes: Readonly<Record<string, string>>,
    work: () => Promise<T>,
  ): Promise<T>;
  /** `trace_id` and `span_id` of the work in hand, for log lines. */
  ids(): ContextFields;
  /** Sends what waits, for at most two seconds. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** Base address of the collector, as OTEL_EXPORTER_OTLP_ENDPOINT has it. */
  readonly endpoint: string;
  readonly version: string;
  readonly scrubber: Pick<Scrubber, 'scrub'>;
}

const SEND_EVERY_MS = 1_000;
const LAST_SEND_MS = 2_000;
const LONGEST_MESSAGE = 500;

/** Installs the SDK for the whole process: BullMQ finds it there, too. */
export function startTracing({ endpoint, version, scrubber }: TracingOptions): Tracing {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = scrubbing(new OTLPTraceExporter({ url }), scrubber);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'tagwarden', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: SEND_EVERY_MS })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const tracer = trace.getTracer('tagwarden', version);
  return {
    span: async (name, attributes, work) =>
      await tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          return await work();
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          span.setStatus({
            code: SpanStatusCode.ERROR,
            message: message.slice(0, LONGEST_MESSAGE),
          });
          throw error;
        } finally {
          span.end();
        }
      }),
    ids() {
      const ids = trace.getActiveSpan()?.spanContext();
      if (ids === undefined || !isSpanContextValid(ids)) return {};
      return { trace_id: ids.traceId, span_id: ids.spanId };
    },
    async close() {
      // A collector that is gone must not hold up the end.
      await withDeadline(provider.shutdown(), LAST_SEND_MS).catch(() => undefined);
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}
