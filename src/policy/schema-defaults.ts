import { z } from 'zod';
import { about } from './about.ts';
import { header, refuseTwoTimings, sharedSpec } from './schema-common.ts';
import { GlobText } from './schema-text.ts';

/** What a policy may state otherwise than PolicyDefaults when it is named under overrides. */
export const OVERRIDE_FIELDS = ['interval', 'limits'] as const;
export type OverrideField = (typeof OVERRIDE_FIELDS)[number];

const Override = z.strictObject({
  policies: z
    .array(GlobText)
    .min(1)
    .meta(about('Globs over policy names', ['ci-*'])),
  fields: z
    .array(z.enum(OVERRIDE_FIELDS))
    .min(1)
    .meta(
      about(
        'interval: a timing of their own (schedule included); limits: limits above those given here',
        ['interval', 'limits'],
      ),
    ),
});

const EXAMPLE = {
  interval: '15m',
  limits: { maxChanges: 500, maxDeletes: 50, maxDeletePercent: 30 },
  protect: ['v*', '_sys*'],
  overrides: [{ policies: ['ci-*'], fields: ['interval', 'limits'] }],
};

/** The PolicyDefaults document of a set: what holds for every policy in it. */
export const PolicyDefaultsDocument = z.strictObject({
  ...header,
  kind: z
    .literal('PolicyDefaults')
    .meta(about('What holds for every policy of the set; at most one', 'PolicyDefaults')),
  spec: z
    .strictObject({
      interval: sharedSpec.interval,
      schedule: sharedSpec.schedule,
      limits: sharedSpec.limits,
      protect: sharedSpec.protect,
      exemptions: sharedSpec.exemptions,
      overrides: z
        .array(Override)
        .optional()
        .meta(
          about(
            'Which policies may state what otherwise. Left out: each may state its own timing, none may loosen limits',
            EXAMPLE.overrides,
          ),
        ),
    })
    .superRefine(refuseTwoTimings)
    .meta(about('What holds for every policy', EXAMPLE)),
});
export type PolicyDefaultsDocument = z.infer<typeof PolicyDefaultsDocument>;
