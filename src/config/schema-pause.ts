import { z } from 'zod';
import type { PauseScope } from '../model/pause.ts';
import { fail, GlobText, Text, TimeZoneText } from '../policy/schema-text.ts';

/** Names of the days as a freeze window gives them, Monday first. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A recurring time in which a pause is in force; from `from` up to, not including, `to`. */
export interface FreezeWindow {
  /** Days on which it begins. */
  readonly days: readonly (typeof WEEKDAYS)[number][];
  /** `HH:MM` on the clocks of the zone. Not after `from`: the next day. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** A pause that the configuration asks for. */
export interface ConfiguredPause {
  readonly scope: PauseScope;
  readonly reason: string;
  /** Null: always. */
  readonly window: FreezeWindow | null;
}

const NO_REASON = 'no reason is given in the configuration';

const ClockTime = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day such as 08:00 or 24:00');

const Window = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS])
      .describe('Days on which the window begins; every day when left out'),
    from: ClockTime.describe('First minute, on the clocks of timeZone'),
    to: ClockTime.describe('First minute after it; not later than from means on the next day'),
    timeZone: TimeZoneText.default('UTC').describe('IANA time zone, such as Europe/Berlin'),
  })
  .superRefine(({ from, to }, context) => {
    if (from !== to && !(from === '24:00' && to === '00:00')) return;
    const expected = 'two different times, or 00:00 and 24:00 for whole days';
    fail(context, 'the window begins when it ends', { code: 'wrong-value', expected });
  });

const SCOPES = ['all', 'policy', 'targets', 'deletes'] as const;

/** One entry of `pause:`; what it holds, why, and when. */
export const PauseDocument = z
  .strictObject({
    all: z.literal(true).optional().describe('Holds every write'),
    policy: Text.max(256).optional().describe('Holds the writes of this policy'),
    targets: GlobText.optional().describe('Holds writes to targets; a glob over account/path'),
    deletes: z.literal(true).optional().describe('Holds every delete'),
    reason: Text.max(500).optional().describe('Shown wherever a write is held'),
    window: Window.optional().describe('Holds only in this recurring time; always when left out'),
  })
  .superRefine((pause, context) => {
    const given = SCOPES.filter((scope) => pause[scope] !== undefined);
    if (given.length === 1) return;
    const found = given.length === 0 ? 'nothing' : given.join(' and ');
    const expected = 'exactly one of all, policy, targets, deletes';
    fail(context, `the pause holds ${found}`, { code: 'wrong-value', expected });
  });
type PauseDocument = z.infer<typeof PauseDocument>;

/** The entry in the model's words. */
export function toPause(document: PauseDocument): ConfiguredPause {
  const { reason = NO_REASON, window = null } = document;
  return { scope: scopeOf(document), reason, window };
}

function scopeOf({ policy, targets, deletes }: PauseDocument): PauseScope {
  if (policy !== undefined) return { type: 'policy', policy };
  if (targets !== undefined) return { type: 'targets', glob: targets };
  return deletes === undefined ? { type: 'all' } : { type: 'deletes' };
}
