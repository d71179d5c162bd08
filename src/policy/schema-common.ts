import { z } from 'zod';
import { MODES } from '../model/policy.ts';
import { CronText, DurationMs, fail, GlobText, Text, TimeZoneText } from './schema-text.ts';

export const API_VERSION = 'tagwarden/v1';
const MIN_INTERVAL_MS = 10_000;
const DEFAULT_INTERVAL = '30m';

const Interval = DurationMs.superRefine((ms, context) => {
  if (ms >= MIN_INTERVAL_MS) return;
  fail(context, 'the interval is too short', { code: 'too-small', expected: 'at least 10s' });
});

const Cron = z
  .strictObject({
    cron: CronText.describe('Five cron fields, such as "0 3 * * *"'),
    timeZone: TimeZoneText.describe('IANA time zone the fields are read in, such as Asia/Shanghai'),
  })
  .describe('Runs by the clock; stands instead of interval');

/** Name of an account in the configuration. */
export const AccountName = Text.describe('Account of tagwarden.yaml whose targets are meant');

/** Fields every policy has. */
export const header = {
  apiVersion: z.literal(API_VERSION).describe('Version of the policy language'),
  metadata: z
    .strictObject({
      name: z
        .string()
        .max(63)
        .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'must be kebab-case, such as "golden-images"')
        .describe('Kebab-case name, unique over the whole policy set'),
    })
    .describe('What the policy is called'),
} as const;

/** Fields every spec has. */
export const commonSpec = {
  mode: z
    .enum(MODES)
    .describe('What the policy may do: observe, create-only, upsert-only or sync; no default'),
  interval: Interval.optional().describe(
    `How often targets are looked at, such as 15m; ${DEFAULT_INTERVAL} when neither this nor schedule is given`,
  ),
  schedule: Cron.optional(),
  suspend: z.boolean().default(false).describe('Keeps the file but schedules nothing'),
  protect: z
    .array(GlobText)
    .default([])
    .describe('Globs over tag names or keys that no operation ever touches'),
  limits: z
    .strictObject({
      maxChanges: z.int().min(0).optional().describe('Most writes of one sweep'),
      maxDeletes: z.int().min(0).optional().describe('Most deletes of one sweep'),
      maxDeletePercent: z
        .number()
        .min(0)
        .max(100)
        .optional()
        .describe('Most deletes at one target, in percent of its listed tags'),
    })
    .prefault({})
    .describe('Ceilings of this policy; they may only tighten those of the instance'),
} as const;

interface Timing {
  readonly interval?: number | undefined;
  readonly schedule?: unknown;
}

/** Fails when a spec states both an interval and a schedule. */
export function refuseTwoTimings({ interval, schedule }: Timing, context: z.RefinementCtx): void {
  if (interval === undefined || schedule === undefined) return;
  const hint = { code: 'contradiction', expected: 'either interval or schedule' };
  fail(context, 'interval and schedule are both given', hint);
}

/** Milliseconds between two looks when a policy says nothing. */
export const DEFAULT_INTERVAL_MS = 30 * 60_000;
