import { expect, test } from 'vitest';
import { readTraces } from '../../src/config/traces.ts';

test('readTraces() tells of every secret that the exporter sends, as written and as sent', () => {
  const variables: Readonly<Record<string, string>> = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc1,x-a=plain',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-b=of-traces,x-c=%zz',
  };
  const told: string[] = [];

  const traces = readTraces({ variable: (name) => variables[name] ?? null }, (secret) => {
    told.push(secret.reveal());
  });

  expect(traces).toEqual({ endpoint: 'http://127.0.0.1:4318' });
  expect(told).toEqual(['Basic%20abc1', 'Basic abc1', 'plain', 'of-traces', '%zz']);
});

test('readTraces() knows of no traces without an endpoint', () => {
  expect(readTraces({ variable: () => null }, () => undefined)).toBeNull();
});
