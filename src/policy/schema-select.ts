import { z } from 'zod';
import { AGES, type Selection } from '../model/policy.ts';
import { about } from './about.ts';
import { DurationMs, fail, PatternText, RangeText, Text, templateText } from './schema-text.ts';
import { VERSION_REFERENCES } from './semver.ts';

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

/** Name of a moving tag, which may be made of the parts of a version. */
export const ChannelName = templateText(
  (name) => VERSION_REFERENCES.some((known) => known === name),
  'parts of the chosen version: {{ major }}, {{ minor }} or {{ patch }}',
).regex(/\S/, 'must not be blank');

const FILTER = { pattern: 'main-[0-9a-f]{7}-(?<ts>[0-9]+)', extract: 'ts' };

/** What an age is counted from. */
export const AgeText = z.enum(AGES);

const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/;

/** How channels and promotions choose among the tags of a repository. */
export const choice = {
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
  ageBy: AgeText.optional().meta(
    about(
      'What minAge is counted from: the time the registry states, the time the image was built (created), or the ' +
        'moment tagwarden first saw the tag with this content; stated when left out',
      'first-seen',
    ),
  ),
  requirePlatforms: z
    .array(z.string().regex(PLATFORM, 'must be a platform, such as "linux/arm64"'))
    .default([])
    .meta(
      about(
        'Candidates without one of these platforms are left out, and so are those whose platforms are not known',
        ['linux/amd64', 'linux/arm64'],
      ),
    ),
} as const;
