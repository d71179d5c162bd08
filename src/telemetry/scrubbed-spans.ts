import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Scrubber } from './scrub.ts';

/** The same exporter; every text of a span passes the scrubber right before it. */
export function scrubbing(
  exporter: SpanExporter,
  { scrub }: Pick<Scrubber, 'scrub'>,
): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(
        spans.map((span) => scrubbed(span, scrub)),
        done,
      ),
    shutdown: async () => await exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}

function scrubbed(span: ReadableSpan, scrub: Scrubber['scrub']): ReadableSpan {
  const { status } = span;
  const clean = (attributes: Attributes | undefined): Attributes =>
    scrubValues(attributes ?? {}, scrub);
  // Listed one by one: some of them are getters, which a copy would lose.
  return {
    name: scrub(span.name),
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: status.message === undefined ? status : { ...status, message: scrub(status.message) },
    attributes: clean(span.attributes),
    links: span.links.map((link) => ({ ...link, attributes: clean(link.attributes) })),
    events: span.events.map((event) => ({
      ...event,
      name: scrub(event.name),
      attributes: clean(event.attributes),
    })),
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function scrubValues(attributes: Attributes, scrub: Scrubber['scrub']): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, scrubValue(value, scrub)]),
  );
}

function scrubValue(value: Attributes[string], scrub: Scrubber['scrub']): Attributes[string] {
  if (typeof value === 'string') return scrub(value);
  if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  // Lists and whatever else there may be: as text, which is what is scrubbed.
  return scrub(JSON.stringify(value));
}
