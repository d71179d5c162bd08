import type { Context, Link, SpanContext } from '@opentelemetry/api';
import type { Telemetry } from 'bullmq';

/** What BullMQ needs to trace jobs. */
export type QueueTelemetry = Telemetry;

type Span = ReturnType<Telemetry['tracer']['startSpan']>;

/**
 * BullMQ's own adapter, with one difference: the span of a job begins a trace of its own that is linked to whoever
 * added the job. As a child, a sweep of 2,000 targets would be one trace. Call it after tracing was started.
 */
export async function createQueueTelemetry(version: string): Promise<QueueTelemetry> {
  const { BullMQOTelSpan, BullMQOtel } = await import('bullmq-otel');
  const { createContextKey, ROOT_CONTEXT, trace } = await import('@opentelemetry/api');
  const { tracer, contextManager } = new BullMQOtel({ tracerName: 'bullmq', version });
  const producer = createContextKey('tagwarden producer');
  const tracerOfApi = trace.getTracer('bullmq', version);
  const producerOf = (given: Context | undefined): SpanContext | null => {
    const found = given?.getValue(producer);
    return isSpanContext(found) ? found : null;
  };
  return {
    contextManager: {
      with: (given: Context, work) => contextManager.with(given, work),
      active: () => contextManager.active(),
      root: () => ROOT_CONTEXT,
      getMetadata: (given: Context) => contextManager.getMetadata(given),
      fromMetadata(active: Context, metadata) {
        const sent = trace.getSpanContext(contextManager.fromMetadata(ROOT_CONTEXT, metadata));
        return sent === undefined ? active : ROOT_CONTEXT.setValue(producer, sent);
      },
    },
    tracer: {
      startSpan(name, options, given?: Context): Span {
        const sent = producerOf(given);
        if (sent === null) return tracer.startSpan(name, options, given);
        const links: Link[] = [{ context: sent }];
        const span = tracerOfApi.startSpan(name, { ...options, links, root: true }, ROOT_CONTEXT);
        return new BullMQOTelSpan(span);
      },
    },
  };
}

function isSpanContext(value: unknown): value is SpanContext {
  return typeof value === 'object' && value !== null && 'traceId' in value && 'spanId' in value;
}
