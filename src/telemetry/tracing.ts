import type { Tracing, TracingOptions } from './opentelemetry.ts';

export type { Tracing, TracingOptions } from './opentelemetry.ts';

/** Starts tracing; the packages it needs are optional. Null: they are not installed. */
export async function openTracing(options: TracingOptions): Promise<Tracing | null> {
  try {
    const { startTracing } = await import('./opentelemetry.ts');
    return startTracing(options);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** True for the error of an import whose package is not installed. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
