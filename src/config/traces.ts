import { Secret } from '../model/secret.ts';
import type { Environment } from './environment.ts';

/** Where traces are sent. */
export interface TracesConfig {
  /** Base address of a collector that speaks OTLP over HTTP. */
  readonly endpoint: string;
}

/**
 * The standard variables: OTEL_EXPORTER_OTLP_ENDPOINT turns traces on, and what OTEL_EXPORTER_OTLP_HEADERS carries is
 * secret. Null: no traces.
 */
export function readTraces(
  { variable }: Pick<Environment, 'variable'>,
  onSecret: (secret: Secret) => void,
): TracesConfig | null {
  const endpoint = variable('OTEL_EXPORTER_OTLP_ENDPOINT');
  for (const pair of (variable('OTEL_EXPORTER_OTLP_HEADERS') ?? '').split(',')) {
    const value = pair.slice(pair.indexOf('=') + 1).trim();
    if (value !== '') onSecret(new Secret(value));
  }
  return endpoint === null ? null : { endpoint };
}
