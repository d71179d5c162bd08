import { z } from 'zod';
import { about } from './about.ts';
import { refusePromote } from './promote-rules.ts';
import { SAME_PATH } from './promotion.ts';
import { AccountName } from './schema-common.ts';
import { ChannelName, choice } from './schema-select.ts';

const REPOSITORY = /^(?=.*\S)[^{}]*(?:\{\{ ?repository ?\}\}[^{}]*)?$/;

const Goal = z.strictObject({
  account: AccountName.optional().meta(
    about('Account of tagwarden.yaml; that of the target when left out', 'mirror'),
  ),
  repository: z
    .string()
    .max(256)
    .regex(REPOSITORY, 'must be a repository path, in which {{ repository }} may stand once')
    .default(SAME_PATH)
    .meta(
      about(
        'Repository path; {{ repository }} stands for the path of the target',
        'release/{{ repository }}',
        'release/web',
      ),
    ),
});

const GOALS = [{ account: 'mirror', repository: 'release/{{ repository }}' }];

/** One rule of `promote`. */
export const Promote = z
  .strictObject({
    to: z.array(Goal).min(1).meta(about('Repositories the content is brought to', GOALS)),
    tag: ChannelName.optional().meta(
      about(
        "Name there, for the best candidate of each rendered name; each candidate's own when left out",
        'stable',
        '{{ major }}.{{ minor }}',
      ),
    ),
    ...choice,
    count: z
      .union([z.int().min(1), z.literal('all')])
      .optional()
      .meta(about('How many of the best candidates are brought over; 1 when left out', 5, 'all')),
    noClobber: z
      .boolean()
      .default(true)
      .meta(about('A name that has other content there stays; that is only reported', false)),
    referrers: z
      .boolean()
      .default(false)
      .meta(about('Signatures, attestations and other referrers come along', true)),
  })
  .superRefine(refusePromote);
