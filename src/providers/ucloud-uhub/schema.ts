import { z } from 'zod';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const EPOCH_SECONDS = /^\d{10}$/;
/** Year 1 and 1970 are how servers write "never"; read as times they would make a tag the oldest of all. */
const EARLIEST_MS = Date.UTC(2000, 0);

/** The format is not documented. Only ISO 8601 with a zone and epoch seconds cannot be misread; the rest is null. */
const Time = z
  .unknown()
  .default(null)
  .transform((value): Date | null => {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !(ISO.test(text) || EPOCH_SECONDS.test(text))) return null;
    const time = new Date(EPOCH_SECONDS.test(text) ? Number(text) * 1_000 : text);
    return time.getTime() > EARLIEST_MS ? time : null;
  });

/** Left out by most regions, and of no use unless it is a digest. */
const Digest = z
  .unknown()
  .default(null)
  .transform((value): string | null =>
    typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value) ? value : null,
  );

const Count = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);

/** Answer of GetImageTag. */
export const TagPage = z
  .object({
    TotalCount: Count,
    TagSet: z.array(z.object({ TagName: z.string().min(1), UpdateTime: Time, Digest })),
  })
  .transform(({ TotalCount, TagSet }) => ({
    total: TotalCount,
    rows: TagSet.map(({ TagName, UpdateTime, Digest: value }) => ({
      name: TagName,
      value,
      createdAt: null,
      updatedAt: UpdateTime,
    })),
  }));

/** Answer of GetRepo. Booleans are text here. */
export const RepoPage = z
  .object({
    TotalCount: Count,
    RepoSet: z.array(
      z.object({ RepoName: z.string().min(1), IsShared: z.unknown().default(false) }),
    ),
  })
  .transform(({ TotalCount, RepoSet }) => ({
    total: TotalCount,
    rows: RepoSet.map(({ RepoName, IsShared }) => ({
      name: RepoName,
      isShared: String(IsShared) === 'true',
    })),
  }));

/** Answer of GetRepoImage; its example leaves `RepoName` out. */
export const ImagePage = z
  .object({
    TotalCount: Count,
    ImageSet: z.array(z.object({ ImageName: z.string().min(1), UpdateTime: Time })),
  })
  .transform(({ TotalCount, ImageSet }) => ({
    total: TotalCount,
    rows: ImageSet.map(({ ImageName, UpdateTime }) => ({
      name: ImageName,
      updatedAt: UpdateTime,
    })),
  }));
