import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MalformedDelivery } from './hook.ts';

const MAX_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** An object with the fields the schema names. Throws MalformedDelivery, also for invalid UTF-8 and deep nesting. */
export function parseBody<T>(body: Buffer, schema: z.ZodType<T>): T {
  if (depthOf(body) > MAX_DEPTH) throw new MalformedDelivery('nested too deep');
  return check(toJson(body), schema);
}

/** The value as the schema wants it; throws MalformedDelivery. */
export function check<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MalformedDelivery('not the documented shape');
}

/** Any JSON object. */
export const AnyObject = z.record(z.string(), z.unknown());

/** Tells two bodies apart. */
export function bodyId(body: Buffer): string {
  return `body:${createHash('sha256').update(body).digest('hex')}`;
}

/**
 * Tells two pushes apart. The id of one may be not signed, but a branch that goes to and fro repeats its bodies, and a
 * push that is taken twice costs one look at the remote head.
 */
export function pushId(deliveryId: string | null, body: Buffer): string {
  return deliveryId === null ? bodyId(body) : idOf(deliveryId, bodyId(body));
}

/** Joins parts that may hold anything so that no two lists give the same text. */
export function idOf(...parts: readonly (string | number | null)[]): string {
  return JSON.stringify(parts);
}

function toJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new MalformedDelivery('no JSON in UTF-8');
  }
}

/** Greatest nesting of brackets outside of strings. */
function depthOf(body: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === BACKSLASH && isText) at += 1;
    else if (byte === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, (depth += 1));
    else if (CLOSING.has(byte)) depth -= 1;
  }
  return deepest;
}
