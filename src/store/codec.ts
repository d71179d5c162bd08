import { z } from 'zod';
import type { Run, RunOperation } from '../model/history.ts';
import { parseJson } from '../model/json.ts';
import type { Pause, PauseScope } from '../model/pause.ts';
import {
  IntentSchema,
  OutcomeSchema,
  PauseSchema,
  RunHeaderSchema,
  SinceSchema,
  VERSION,
} from './schemas.ts';

/** How many operations of a run a list of runs shows. */
export const SHOWN_OPERATIONS = 50;

const Versioned = z.object({ v: z.literal(VERSION) });

/** One line of JSON with the version. */
export function encode(value: object): string {
  return JSON.stringify({ v: VERSION, ...value });
}

/** What `encode` wrote; null: written by another release, or no such thing. */
export function decode<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  const json = parseJson(text);
  if (!Versioned.safeParse(json).success) return null;
  return schema.safeParse(json).data ?? null;
}

/** A run as both stores read it. */
export interface StoredRun {
  readonly head: string;
  readonly endedAt: Date | null;
  readonly operations: readonly StoredOperation[];
  readonly operationCount: number;
}

export interface StoredOperation {
  readonly intent: string;
  readonly outcome: string | null;
}

/** Null: written by another release. */
export function decodeRun({ head, endedAt, operations, operationCount }: StoredRun): Run | null {
  const header = decode(RunHeaderSchema, head);
  if (header === null) return null;
  return { ...header, endedAt, operations: operations.flatMap(decodeOperation), operationCount };
}

function decodeOperation({ intent, outcome }: StoredOperation): RunOperation[] {
  const intended = decode(IntentSchema, intent);
  return intended === null ? [] : [{ ...intended, outcome: decode(OutcomeSchema, outcome) }];
}

/** One text per scope, for the key of a pause. */
export function scopeKey(scope: PauseScope): string {
  switch (scope.type) {
    case 'policy':
      return `policy ${scope.policy}`;
    case 'targets':
      return `targets ${scope.glob}`;
    case 'all':
    case 'deletes':
      return scope.type;
  }
}

/** A pause under its scope's key. One that cannot be read must not read as "hold nothing": it holds everything. */
export function decodePause(key: string, text: string): Pause {
  return (
    decode(PauseSchema, text) ?? {
      scope: { type: 'all' },
      reason: `another release paused "${key}"; resume it there, or the same scope here`,
      by: 'guard',
      since: SinceSchema.safeParse(parseJson(text)).data?.since ?? new Date(0),
    }
  );
}
