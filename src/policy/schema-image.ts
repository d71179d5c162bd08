import { z } from 'zod';
import type { Selection } from '../model/policy.ts';
import { about } from './about.ts';
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
  repositories: z
    .array(GlobText)
    .min(1)
    .meta(about('Globs over repository paths', ['shop/*'])),
  exclude: z
    .array(GlobText)
    .default([])
    .meta(about('Globs over repository paths to leave alone', ['shop/sandbox-*'])),
});

const Copy = z.strictObject({
  from: Text.meta(about('Tag that is copied', 'v1')),
  to: Text.meta(about('Tag that is bound to the same content', 'v2')),
  override: z
    .boolean()
    .default(false)
    .meta(
      about('Re-binds the destination when it has other content; else that is only reported', true),
    ),
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
    semver: RangeText.optional().meta(about('Newest version in this range', '>=1.0.0', '*')),
    prerelease: z.boolean().optional().meta(about('Lets prereleases in; only with semver', false)),
    numerical: z.enum(ORDER).optional().meta(about('Highest or lowest number', 'highest')),
    alphabetical: z
      .enum(ORDER)
      .optional()
      .meta(about('First or last in code point order', 'highest')),
    newest: z
      .strictObject({
        by: z.enum(['created', 'updated']).meta(about('Which time is compared', 'updated')),
      })
      .optional()
      .meta(about('Latest by the time the registry states', { by: 'updated' })),
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
  .meta(about('How the best candidate is chosen', { semver: '>=1.0.0' }, { numerical: 'highest' }));

const ChannelName = templateText(
  (name) => VERSION_REFERENCES.some((known) => known === name),
  'parts of the chosen version: {{ major }}, {{ minor }} or {{ patch }}',
).regex(/\S/, 'must not be blank');

const FILTER = { pattern: 'main-[0-9a-f]{7}-(?<ts>[0-9]+)', extract: 'ts' };

const Channel = z
  .strictObject({
    tag: ChannelName.meta(about('Name of the moving tag', 'stable', '{{ major }}.{{ minor }}')),
    filter: z
      .strictObject({
        pattern: PatternText.meta(
          about('Regular expression a candidate must match whole', FILTER.pattern),
        ),
        extract: Text.optional().meta(
          about('Named group whose text is compared instead of the name', FILTER.extract),
        ),
      })
      .optional()
      .meta(about('Which tags are candidates', FILTER)),
    select: Select,
    minAge: DurationMs.optional().meta(about('Candidates younger than this are left out', '48h')),
    backup: ChannelName.optional().meta(
      about(
        'Tag that keeps what the channel was bound to before',
        'stable-previous',
        '{{ major }}.{{ minor }}-previous',
      ),
    ),
    allowDowngrade: z
      .boolean()
      .default(false)
      .meta(about('Lets the channel move to an older version', true)),
  })
  .superRefine(refuseChannel);

const Retain = z
  .strictObject({
    name: Text.meta(about('Name of the rule, shown in reports', 'recent-ci')),
    action: z.enum(['keep', 'delete']).meta(about('Keep always beats delete', 'keep')),
    pattern: PatternText.optional().meta(
      about('Regular expression for the whole tag name', 'ci-.*'),
    ),
    semver: RangeText.optional().meta(about('Version range the tag name lies in', '*')),
    newest: z
      .int()
      .min(1)
      .optional()
      .meta(about('Only this many newest of each group; keep only', 10)),
    groupBy: PatternText.optional().meta(
      about('Regular expression whose first named group forms groups', 'ci-(?<branch>.+)-[0-9]+'),
    ),
    olderThan: DurationMs.optional().meta(about('Only tags at least this old', '30d')),
    countBy: z
      .enum(['name', 'digest'])
      .optional()
      .meta(
        about(
          'What newest counts: names, or digests, where several names of one digest count once; ' +
            'name when left out',
          'digest',
        ),
      ),
  })
  .superRefine(refuseRetain);

const EXAMPLE = {
  targets: [{ account: 'swr-north', repositories: ['shop/*'], exclude: ['shop/sandbox-*'] }],
  copies: [{ from: 'v1', to: 'v2', override: false }],
  channels: [{ tag: 'stable', select: { semver: '>=1.0.0' }, minAge: '48h' }],
  retain: [{ name: 'old-ci', action: 'delete', pattern: 'ci-.*', olderThan: '30d' }],
} as const;

/** One ImageTagPolicy document: rules for the tags of container repositories. */
export const ImageTagPolicyDocument = z.strictObject({
  ...header,
  kind: z.literal('ImageTagPolicy').meta(about('Tags of container repositories', 'ImageTagPolicy')),
  spec: z
    .strictObject({
      ...commonSpec,
      targets: z
        .array(Repositories)
        .min(1)
        .meta(about('Repositories the policy is about', EXAMPLE.targets)),
      copies: z
        .array(Copy)
        .default([])
        .meta(about('Literal copies of one tag to another', EXAMPLE.copies)),
      channels: z
        .array(Channel)
        .default([])
        .meta(about('Moving tags computed from what is listed', EXAMPLE.channels)),
      retain: z
        .array(Retain)
        .default([])
        .meta(about('What to keep and what to delete', EXAMPLE.retain)),
    })
    .superRefine(refuseTwoTimings)
    .superRefine(({ copies, channels, retain }, context) => {
      refuseRepeats({ copies, channels, retain }, context);
      if (copies.length + channels.length + retain.length > 0) return;
      const expected = 'one of copies, channels, retain';
      fail(context, 'no rule is given', { code: 'no-rule', expected });
    })
    .meta(about('What is wanted', { mode: 'sync', ...EXAMPLE })),
});
export type ImageTagPolicyDocument = z.infer<typeof ImageTagPolicyDocument>;
export type ChannelDocument = z.infer<typeof Channel>;
export type RetainDocument = z.infer<typeof Retain>;
