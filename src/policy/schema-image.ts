import { z } from 'zod';
import type { Selection } from '../model/policy.ts';
import { refuseChannel, refuseRepeats, refuseRetain } from './image-rules.ts';
import { AccountName, commonSpec, header, refuseTwoTimings } from './schema-common.ts';
import {
  DurationMs,
  fail,
  GlobText,
  PatternText,
  RangeText,
  Text,
  templateText,
} from './schema-text.ts';
import { VERSION_REFERENCES } from './semver.ts';

const Repositories = z.strictObject({
  account: AccountName,
  repositories: z.array(GlobText).min(1).describe('Globs over repository paths, such as "shop/*"'),
  exclude: z.array(GlobText).default([]).describe('Globs over repository paths to leave alone'),
});

const Copy = z.strictObject({
  from: Text.describe('Tag that is copied'),
  to: Text.describe('Tag that is bound to the same content'),
  override: z
    .boolean()
    .default(false)
    .describe('Re-binds the destination when it has other content; else that is only reported'),
});

const ORDER = ['highest', 'lowest'] as const;

interface Ways {
  readonly semver?: string | undefined;
  readonly prerelease?: boolean | undefined;
  readonly numerical?: (typeof ORDER)[number] | undefined;
  readonly alphabetical?: (typeof ORDER)[number] | undefined;
  readonly newest?: { readonly by: 'created' | 'updated' } | undefined;
}

function waysOf({ semver, prerelease, numerical, alphabetical, newest }: Ways): Selection[] {
  const ways: Selection[] = [];
  if (semver !== undefined) {
    ways.push({ by: 'semver', range: semver, prerelease: prerelease ?? false });
  }
  if (numerical !== undefined) ways.push({ by: 'numerical', order: numerical });
  if (alphabetical !== undefined) ways.push({ by: 'alphabetical', order: alphabetical });
  if (newest !== undefined) ways.push({ by: 'newest', time: newest.by });
  return ways;
}

const Select = z
  .strictObject({
    semver: RangeText.optional().describe('Newest version in this range, such as ">=1.0.0"'),
    prerelease: z.boolean().optional().describe('Lets prereleases in; only with semver'),
    numerical: z.enum(ORDER).optional().describe('Highest or lowest number'),
    alphabetical: z.enum(ORDER).optional().describe('First or last in code point order'),
    newest: z
      .strictObject({ by: z.enum(['created', 'updated']).describe('Which time is compared') })
      .optional()
      .describe('Latest by the time the registry states'),
  })
  .transform((select, context): Selection => {
    const [way, second] = waysOf(select);
    const expected = 'exactly one of semver, numerical, alphabetical, newest';
    if (way === undefined) {
      fail(context, 'no way to choose is given', { code: 'no-rule', expected });
      return z.NEVER;
    }
    if (second !== undefined) {
      const message = `${way.by} and ${second.by} are both given`;
      fail(context, message, { code: 'contradiction', expected });
    }
    if (select.prerelease !== undefined && way.by !== 'semver') {
      fail(context, 'prerelease is given without semver', { code: 'contradiction', expected });
    }
    return way;
  })
  .describe('How the best candidate is chosen');

const ChannelName = templateText(
  (name) => VERSION_REFERENCES.some((known) => known === name),
  'parts of the chosen version: {{ major }}, {{ minor }} or {{ patch }}',
).regex(/\S/, 'must not be blank');

const Channel = z
  .strictObject({
    tag: ChannelName.describe('Name of the moving tag: stable, or {{ major }}.{{ minor }}'),
    filter: z
      .strictObject({
        pattern: PatternText.describe('Regular expression a candidate must match whole'),
        extract: Text.optional().describe('Named group whose text is compared instead of the name'),
      })
      .optional()
      .describe('Which tags are candidates'),
    select: Select,
    minAge: DurationMs.optional().describe('Candidates younger than this are left out'),
    backup: Text.optional().describe('Tag that keeps what the channel was bound to before'),
    allowDowngrade: z
      .boolean()
      .default(false)
      .describe('Lets the channel move to an older version'),
  })
  .superRefine(refuseChannel);

const Retain = z
  .strictObject({
    name: Text.describe('Name of the rule, shown in reports'),
    action: z.enum(['keep', 'delete']).describe('Keep always beats delete'),
    pattern: PatternText.optional().describe('Regular expression for the whole tag name'),
    semver: RangeText.optional().describe('Version range the tag name lies in'),
    newest: z.int().min(1).optional().describe('Only this many newest of each group; keep only'),
    groupBy: PatternText.optional().describe(
      'Regular expression whose first named group forms groups',
    ),
    olderThan: DurationMs.optional().describe('Only tags at least this old'),
  })
  .superRefine(refuseRetain);

/** One ImageTagPolicy document: rules for the tags of container repositories. */
export const ImageTagPolicyDocument = z.strictObject({
  ...header,
  kind: z.literal('ImageTagPolicy').describe('Tags of container repositories'),
  spec: z
    .strictObject({
      ...commonSpec,
      targets: z.array(Repositories).min(1).describe('Repositories the policy is about'),
      copies: z.array(Copy).default([]).describe('Literal copies of one tag to another'),
      channels: z.array(Channel).default([]).describe('Moving tags computed from what is listed'),
      retain: z.array(Retain).default([]).describe('What to keep and what to delete'),
    })
    .superRefine(refuseTwoTimings)
    .superRefine(({ copies, channels, retain }, context) => {
      refuseRepeats({ copies, channels, retain }, context);
      if (copies.length + channels.length + retain.length > 0) return;
      const expected = 'one of copies, channels, retain';
      fail(context, 'no rule is given', { code: 'no-rule', expected });
    })
    .describe('What is wanted'),
});
export type ImageTagPolicyDocument = z.infer<typeof ImageTagPolicyDocument>;
export type ChannelDocument = z.infer<typeof Channel>;
export type RetainDocument = z.infer<typeof Retain>;
