import { z } from 'zod';
import { MODES } from '../model/mode.ts';
import { about } from './about.ts';
import { API_VERSION } from './api-version.ts';
import {
  CronText,
  DurationMs,
  fail,
  GlobText,
  Text,
  TimeText,
  TimeZoneText,
} from './schema-text.ts';

const MIN_INTERVAL_MS = 10_000;
const DEFAULT_INTERVAL = '30m';

const Interval = DurationMs.superRefine((ms, context) => {
  if (ms >= MIN_INTERVAL_MS) return;
  fail(context, 'the interval is too short', { code: 'too-small', expected: 'at least 10s' });
});

const Cron = z.strictObject({
  cron: CronText.meta(about('Five cron fields: minute hour day month weekday', '0 3 * * *')),
  timeZone: TimeZoneText.meta(
    about('IANA time zone the fields are read in', 'Asia/Shanghai', 'UTC'),
  ),
});

/** Name of an account in the configuration. */
export const AccountName = Text.meta(
  about('Account of tagwarden.yaml whose targets are meant', 'swr-north'),
);

/** Fields every document has. */
export const header = {
  apiVersion: z.literal(API_VERSION).meta(about('Version of the policy language', API_VERSION)),
  metadata: z
    .strictObject({
      name: z
        .string()
        .max(63)
        .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'must be kebab-case, such as "golden-images"')
        .meta(about('Kebab-case name, unique over the whole policy set', 'golden-images')),
    })
    .meta(about('What the document is called', { name: 'golden-images' })),
} as const;

const Limits = z.strictObject({
  maxChanges: z.int().min(0).optional().meta(about('Most writes of one sweep', 500)),
  maxDeletes: z.int().min(0).optional().meta(about('Most deletes of one sweep', 50)),
  maxDeletePercent: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .meta(about('Most deletes at one target, in percent of its listed tags', 30)),
});
export type LimitsDocument = z.infer<typeof Limits>;

const Exemption = z.strictObject({
  target: GlobText.meta(about('Glob over account/path', 'swr-north/shop/legacy-*')),
  tags: z
    .array(GlobText)
    .default([])
    .meta(about('Globs over the tag names or keys that are exempt; all when left out', ['v1.*'])),
  until: TimeText.meta(
    about(
      'First moment at which it no longer holds: a UTC date (its first second) or a timestamp',
      '2026-12-31',
      '2026-12-31T18:00:00Z',
    ),
  ),
  reason: Text.meta(about('Why, for reviewers and reports', 'customers still pin 1.x')),
});
export type ExemptionDocument = z.infer<typeof Exemption>;

/** Fields that policies and PolicyDefaults share. */
export const sharedSpec = {
  interval: Interval.optional().meta(
    about(
      `How often targets are looked at; ${DEFAULT_INTERVAL} when neither this nor schedule is given`,
      '15m',
    ),
  ),
  schedule: Cron.optional().meta(
    about('Runs by the clock; stands instead of interval', {
      cron: '0 3 * * *',
      timeZone: 'Asia/Shanghai',
    }),
  ),
  protect: z
    .array(GlobText)
    .default([])
    .meta(about('Globs over tag names or keys that no operation ever touches', ['v*', 'prod-*'])),
  limits: Limits.prefault({}).meta(
    about('Ceilings; they may only tighten those of the instance', {
      maxChanges: 500,
      maxDeletes: 50,
      maxDeletePercent: 30,
    }),
  ),
  exemptions: z
    .array(Exemption)
    .default([])
    .meta(
      about('Names of some targets that the rules leave alone until a day', [
        {
          target: 'swr-north/shop/legacy-*',
          tags: ['v1.*'],
          until: '2026-12-31',
          reason: 'customers still pin 1.x',
        },
      ]),
    ),
} as const;

/** Fields every policy's spec has. */
export const commonSpec = {
  mode: z
    .enum(MODES)
    .meta(
      about(
        'What the policy may do: observe, create-only, upsert-only or sync; no default',
        'observe',
        'sync',
      ),
    ),
  interval: sharedSpec.interval,
  schedule: sharedSpec.schedule,
  suspend: z.boolean().default(false).meta(about('Keeps the file but schedules nothing', true)),
  protect: sharedSpec.protect,
  limits: sharedSpec.limits,
  exemptions: sharedSpec.exemptions,
} as const;

interface Timing {
  readonly interval?: number | undefined;
  readonly schedule?: unknown;
}

/** Fails when a spec states both an interval and a schedule. */
export function refuseTwoTimings({ interval, schedule }: Timing, context: z.RefinementCtx): void {
  if (interval === undefined || schedule === undefined) return;
  const hint = { code: 'contradiction', expected: 'either interval or schedule' } as const;
  fail(context, 'interval and schedule are both given', hint);
}

/** Milliseconds between two looks when a policy says nothing. */
export const DEFAULT_INTERVAL_MS = 30 * 60_000;
