import { z } from 'zod';
import { about } from './about.ts';
import { refuseChannel, refuseRepeats, refuseRetain } from './image-rules.ts';
import { AccountName, commonSpec, header, refuseTwoTimings } from './schema-common.ts';
import { Promote } from './schema-promote.ts';
import { AgeText, ChannelName, choice } from './schema-select.ts';
import { DurationMs, fail, GlobText, PatternText, RangeText, Text } from './schema-text.ts';

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

const Channel = z
  .strictObject({
    tag: ChannelName.meta(about('Name of the moving tag', 'stable', '{{ major }}.{{ minor }}')),
    ...choice,
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
    ageBy: AgeText.optional().meta(
      about('What olderThan is counted from; stated when left out', 'first-seen'),
    ),
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
  promote: [{ to: [{ account: 'mirror' }], select: { semver: '>=1.0.0' }, minAge: '48h' }],
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
      promote: z
        .array(Promote)
        .default([])
        .meta(about('Content that is brought to other repositories', EXAMPLE.promote)),
      retain: z
        .array(Retain)
        .default([])
        .meta(about('What to keep and what to delete', EXAMPLE.retain)),
    })
    .superRefine(refuseTwoTimings)
    .superRefine(({ copies, channels, promote, retain }, context) => {
      refuseRepeats({ copies, channels, retain }, context);
      if (copies.length + channels.length + promote.length + retain.length > 0) return;
      const expected = 'one of copies, channels, promote, retain';
      fail(context, 'no rule is given', { code: 'no-rule', expected });
    })
    .meta(about('What is wanted', { mode: 'sync', ...EXAMPLE })),
});
export type ImageTagPolicyDocument = z.infer<typeof ImageTagPolicyDocument>;
export type ChannelDocument = z.infer<typeof Channel>;
export type PromoteDocument = z.infer<typeof Promote>;
export type RetainDocument = z.infer<typeof Retain>;
