import type { Tracing, TracingOptions } from './opentelemetry.ts';

export type { Tracing, TracingOptions } from './opentelemetry.ts';

/** Starts tracing. Its packages are loaded only then: a process without a collector does without them. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { startTracing } = await import('./opentelemetry.ts');
  return startTracing(options);
}
