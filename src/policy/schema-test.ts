import { z } from 'zod';
import { PROVIDER_NAMES } from '../model/account.ts';
import { about } from './about.ts';
import { header } from './schema-common.ts';
import { DurationMs, fail, TargetText, Text, TimeText } from './schema-text.ts';

const Listed = z
  .strictObject({
    name: Text.meta(about('Tag name, or key', '1.4.2')),
    value: z.string().optional().meta(about('Value of the key, or the whole digest', 'platform')),
    digest: Text.optional().meta(
      about('Any word that stands for a digest: equal words, equal digests', 'build-7'),
    ),
    created: TimeText.optional().meta(about('When the tag was created', '2026-05-01')),
    updated: TimeText.optional().meta(about('When the tag was last bound', '2026-05-30T12:00:00Z')),
    age: DurationMs.optional().meta(
      about('How long before now it was created and bound; stands instead of both times', '3d'),
    ),
    firstSeen: TimeText.optional().meta(
      about('When tagwarden first saw the tag with this content', '2026-05-30T12:00:00Z'),
    ),
    platforms: z
      .array(Text)
      .optional()
      .meta(about('Platforms of the content; not known when left out', ['linux/amd64'])),
  })
  .superRefine(({ value, digest, created, updated, age }, context) => {
    if (value !== undefined && digest !== undefined) {
      const hint = { code: 'contradiction', expected: 'either value or digest' } as const;
      fail(context, 'value and digest are both given', hint);
    }
    if (age === undefined || (created === undefined && updated === undefined)) return;
    const hint = { code: 'contradiction', expected: 'either age, or created and updated' } as const;
    fail(context, 'age stands beside a time', hint);
  });
export type ListedDocument = z.infer<typeof Listed>;

const ExpectedOperation = z
  .strictObject({
    type: z.enum(['add', 'copy', 'promote', 'delete']).meta(about('What is done', 'copy')),
    tag: Text.meta(about('Tag name or key it is done to', 'stable')),
    from: Text.optional().meta(about('Tag that is copied or promoted', '1.4.2')),
    source: Text.optional().meta(
      about('Target a promotion brings content from', 'swr-north/shop/web'),
    ),
    value: z.string().optional().meta(about('Value the name is bound to', 'platform')),
    digest: Text.optional().meta(about('The same as a word of the listing', 'build-7')),
    policy: Text.optional().meta(about('Policy whose rule asks for it', 'shop')),
    rule: Text.optional().meta(
      about('Path of the rule under spec, or the name of a retain rule', 'channels[0]', 'old-ci'),
    ),
    because: Text.optional().meta(about('Text the reason must contain', 'newest version')),
  })
  .superRefine(({ value, digest }, context) => {
    if (value === undefined || digest === undefined) return;
    const hint = { code: 'contradiction', expected: 'either value or digest' } as const;
    fail(context, 'value and digest are both given', hint);
  });
export type ExpectedOperationDocument = z.infer<typeof ExpectedOperation>;

const ExpectedFinding = z.strictObject({
  severity: z
    .enum(['info', 'warning', 'error'])
    .optional()
    .meta(about('How bad it is; any when left out', 'warning')),
  message: Text.meta(about('Text the message must contain', 'required key "owner" is missing')),
});

const OPERATION = { type: 'copy', tag: 'stable', from: '1.4.2', rule: 'channels[0]' };
const FINDING = { severity: 'warning', message: 'required key "owner" is missing' };

const Expect = z
  .strictObject({
    status: z
      .enum(['in-sync', 'drifted', 'refused'])
      .optional()
      .meta(about('What becomes of the target; not compared when left out', 'drifted')),
    operations: z
      .array(ExpectedOperation)
      .optional()
      .meta(about('All operations, in any order; none when left out', [OPERATION])),
    findings: z
      .array(ExpectedFinding)
      .optional()
      .meta(about('Findings that must be among those reported', [FINDING])),
  })
  .superRefine(({ status, operations, findings }, context) => {
    if (status === 'in-sync' && (operations ?? []).length > 0) {
      const expected = 'no operation, or status: drifted';
      fail(context, 'in-sync with operations', { code: 'contradiction', expected });
    }
    if ([status, findings, operations].some((part) => part !== undefined)) return;
    const expected = 'status, operations or findings; status: in-sync means nothing is done';
    fail(context, 'nothing is expected', { code: 'no-condition', expected });
  });

const EXAMPLE = {
  now: '2026-06-01T12:00:00Z',
  target: 'swr-north/shop/web',
  provider: 'huawei-swr',
  listing: [{ name: '1.4.2', digest: 'build-7', age: '3d' }],
  expect: { status: 'drifted', operations: [OPERATION] },
};

/** One PolicyTest document: a listing and a frozen clock, and what the policies must plan for them. */
export const PolicyTestDocument = z.strictObject({
  ...header,
  kind: z
    .literal('PolicyTest')
    .meta(about('A listing, a frozen clock and the operations to expect', 'PolicyTest')),
  spec: z
    .strictObject({
      now: TimeText.meta(about('The moment at which the test is played', EXAMPLE.now)),
      target: TargetText.meta(about('Target the listing belongs to: account/path', EXAMPLE.target)),
      provider: z
        .enum(PROVIDER_NAMES)
        .meta(about('Provider whose capabilities and limits hold', 'huawei-swr')),
      attributes: z
        .record(Text, z.string())
        .default({})
        .meta(
          about('Facts of the target, for selectors and templates', {
            name: 'golden-1',
            osType: 'Linux',
          }),
        ),
      policies: z
        .array(Text)
        .optional()
        .meta(
          about(
            'Policies under test; all that select the target when left out. A test fails when none of ' +
              'them does; an empty list says that no policy may select it',
            ['shop'],
            [],
          ),
        ),
      listing: z.array(Listed).meta(about('Every tag of the target', EXAMPLE.listing)),
      images: z
        .record(Text, z.array(Listed))
        .default({})
        .meta(
          about('Tags of other images by id, for copyFrom', {
            '67e17426-359e-49fb-aa12-0bd1756ec240': [{ name: 'owner', value: 'platform' }],
          }),
        ),
      sources: z
        .record(Text, z.array(Listed))
        .default({})
        .meta(
          about('Tags of other repositories by account/path, for promotions', {
            'swr-north/shop/web': EXAMPLE.listing,
          }),
        ),
      expect: Expect.meta(about('What the plan must be', EXAMPLE.expect)),
    })
    .meta(about('The situation and the expectation', EXAMPLE)),
});
export type PolicyTestDocument = z.infer<typeof PolicyTestDocument>;
