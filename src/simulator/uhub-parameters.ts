import { type Incoming, parseBody, readHeader } from './exchange.ts';
import { parsePairs } from './request-target.ts';
import type { UcloudParameters } from './ucloud-signature.ts';

/** Decoded parameters of a request; `duplicates` is true when a name came twice. */
export interface UhubParameters {
  readonly values: UcloudParameters;
  readonly duplicates: boolean;
}

/** GET query, or POST form or JSON body. An `Action` repeated in a POST's URL is not signed. */
export function parseUhubParameters(incoming: Incoming): UhubParameters {
  if (incoming.method !== 'POST') return fromPairs(incoming.query);
  const contentType = readHeader(incoming, 'content-type') ?? '';
  const parsed = contentType.includes('json')
    ? { values: toRecord(parseBody(incoming)), duplicates: false }
    : fromPairs(parsePairs(incoming.body.toString('utf8')));
  const [, action] = incoming.query.find(([name]) => name === 'Action') ?? [];
  return action === undefined || 'Action' in parsed.values
    ? parsed
    : { ...parsed, values: { ...parsed.values, Action: action } };
}

/** A parameter as text; numbers of a JSON body count as text, everything else as absent. */
export function readText(values: UcloudParameters, name: string): string | null {
  const value = values[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A non-negative integer, `fallback` when absent, `null` when unusable. */
export function readCount(values: UcloudParameters, name: string, fallback: number): number | null {
  const text = readText(values, name);
  if (text === null) return fallback;
  return /^\d+$/.test(text) ? Number(text) : null;
}

function fromPairs(pairs: readonly (readonly [string, string])[]): UhubParameters {
  const values = Object.fromEntries(pairs);
  return { values, duplicates: Object.keys(values).length < pairs.length };
}

function toRecord(body: unknown): UcloudParameters {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};
}
