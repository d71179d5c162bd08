import { z } from 'zod';
import type { ListedTag } from '../../model/tag.ts';
import { readManifestText } from '../../registry/content.ts';

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
const TagFields = z.object({
  Tag: z.string().min(1).optional(),
  tag: z.string().min(1).optional(),
  /** Left out by some regions. Anything else than a digest would be compared in vain. */
  digest: z
    .union([z.string().regex(DIGEST), z.literal('')])
    .nullish()
    .transform((digest) => digest || null),
  created: Time,
  updated: Time,
});

const AnyTagRow = TagFields.transform(toTag);

function toTag(row: z.infer<typeof TagFields>, context: z.RefinementCtx): ListedTag {
  const name = row.Tag ?? row.tag;
  if (name !== undefined) {
    return { name, value: row.digest, createdAt: row.created, updatedAt: row.updated };
  }
  context.addIssue('Expected the tag name in "Tag" or "tag"');
  return z.NEVER;
}

function wantDigest({ value }: ListedTag, context: z.RefinementCtx): void {
  if (value === null) {
    context.addIssue({ code: 'custom', path: ['digest'], message: 'Expected a digest' });
  }
}

/** Where the API alone is asked: a tag without a digest could not be compared, so that is an error. */
export const TagRows = z.array(AnyTagRow.superRefine(wantDigest));
/** Where a registry can be asked for the digests that are missing. */
export const AnyTagRows = z.array(AnyTagRow);

/** What a tag's index is made of: no digests where it is none, null where the row does not tell. */
export interface PartedTag extends ListedTag {
  readonly parts: readonly string[] | null;
}

const MANIFEST_LIST = 1;
const Told = { manifest: z.unknown().optional(), tag_type: z.unknown().optional() };
const PartedTagRow = TagFields.extend(Told)
  .transform((row, context): PartedTag => ({ ...toTag(row, context), parts: partsOf(row) }))
  .superRefine(wantDigest);

/** Tags with what is in their indexes: rows carry their manifests as text. */
export const PartedTagRows = z.array(PartedTagRow);

function partsOf(row: {
  readonly manifest?: unknown;
  readonly tag_type?: unknown;
}): PartedTag['parts'] {
  const text = typeof row.manifest === 'string' ? readManifestText(row.manifest) : null;
  if (text?.manifests) return text.manifests.map(({ digest }) => digest);
  return row.tag_type === MANIFEST_LIST ? null : [];
}

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
