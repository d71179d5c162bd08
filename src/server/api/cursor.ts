import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../../model/json.ts';
import { Refusal } from './refusal.ts';

/** A place without NUL, which no store gives and PostgreSQL does not take. */
const CursorText = z.tuple([z.literal(1), z.string(), z.string().regex(/^[^\0]*$/)]);

/** Makes the place where a list goes on opaque, and bound to the filters it was listed with. */
export function encodeCursor(after: string | null, filters: unknown): string | null {
  if (after === null) return null;
  return Buffer.from(JSON.stringify([1, hashOf(filters), after])).toString('base64url');
}

/** The place again; throws Refusal when the cursor is none of ours or of a list with other filters. */
export function decodeCursor(cursor: string | undefined, filters: unknown): string | null {
  if (cursor === undefined) return null;
  const parsed = CursorText.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success && parsed.data[1] === hashOf(filters)) return parsed.data[2];
  throw new Refusal('invalid', 'query.cursor: no page of this list gave it', {
    errors: [{ path: 'query.cursor', message: 'wanted next of a page with the same filters' }],
  });
}

function hashOf(filters: unknown): string {
  return createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 11);
}
