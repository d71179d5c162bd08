import { Secret } from '../model/secret.ts';
import type { Environment } from './environment.ts';

/** Where traces are sent. */
export interface TracesConfig {
  /** Base address of a collector that speaks OTLP over HTTP. */
  readonly endpoint: string;
}

/**
 * The standard variables: OTEL_EXPORTER_OTLP_ENDPOINT turns traces on, and what OTEL_EXPORTER_OTLP_HEADERS and its like
 * for traces alone carry is secret. Null: no traces.
 */
export function readTraces(
  { variable }: Pick<Environment, 'variable'>,
  onSecret: (secret: Secret) => void,
): TracesConfig | null {
  const endpoint = variable('OTEL_EXPORTER_OTLP_ENDPOINT');
  // The exporter itself reads both, and decodes them.
  for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']) {
    for (const text of (variable(name) ?? '').split(',').flatMap(formsOf)) {
      onSecret(new Secret(text));
    }
  }
  return endpoint === null ? null : { endpoint };
}

/** The value of `name=value` as written and as sent. */
function formsOf(pair: string): readonly string[] {
  const value = pair.slice(pair.indexOf('=') + 1).trim();
  return [...new Set([value, decode(value)])].filter((text) => text !== '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
