import { z } from 'zod';

/** Year 1 and 1970 are how servers write "never"; read as times they would make a tag the oldest of all. */
const EARLIEST_MS = Date.UTC(2000, 0);
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/;

/** Times carry up to nanoseconds; a missing zone is UTC, as documented. Null: not a time. */
const Time = z
  .unknown()
  .default(null)
  .transform((value): Date | null => {
    const [, local, zone = 'Z'] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
    if (local === undefined) return null;
    const time = new Date(`${local}${zone}`);
    return time.getTime() > EARLIEST_MS ? time : null;
  });

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** A tag of a v2 (`Tag`) or v3 (`tag`) listing. */
const AnyTagRow = z
  .object({
    Tag: z.string().min(1).optional(),
    tag: z.string().min(1).optional(),
    /** Left out by some regions. Anything else than a digest would be compared in vain. */
    digest: z
      .union([z.string().regex(DIGEST), z.literal('')])
      .nullish()
      .transform((digest) => digest || null),
    created: Time,
    updated: Time,
  })
  .transform((row, context) => {
    const name = row.Tag ?? row.tag;
    if (name !== undefined) {
      return { name, value: row.digest, createdAt: row.created, updatedAt: row.updated };
    }
    context.addIssue('Expected the tag name in "Tag" or "tag"');
    return z.NEVER;
  });

/** Where the API alone is asked: a tag without a digest could not be compared, so that is an error. */
const TagRow = AnyTagRow.superRefine(({ value }, context) => {
  if (value === null) {
    context.addIssue({ code: 'custom', path: ['digest'], message: 'Expected a digest' });
  }
});

export const TagRows = z.array(TagRow);
/** Where a registry can be asked for the digests that are missing. */
export const AnyTagRows = z.array(AnyTagRow);

/** A repository as `GET /v2/manage/repos` shows it. */
const RepositoryRow = z.object({
  namespace: z.string().min(1),
  name: z.string().min(1),
  is_public: z.boolean().optional(),
  num_images: z.int().optional(),
  updated_at: Time,
  /** Names of its tags. */
  tags: z.array(z.string()).nullable().catch(null),
});

export const RepositoryRows = z.array(RepositoryRow);
export type RepositoryRow = z.infer<typeof RepositoryRow>;

/** One repository as `GET …/repos/{repository}` shows it; its namespace stands in the path only. */
export const RepositoryDetail = z.object({
  is_public: z.boolean().optional(),
  num_images: z.int().optional(),
  updated: Time,
});
