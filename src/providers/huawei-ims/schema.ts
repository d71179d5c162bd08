import { z } from 'zod';

/** Body of ListImageTags. */
export const TagList = z.object({
  tags: z.array(z.object({ key: z.string().min(1), value: z.string() })),
});

const Text = z.string().nullish();

/** One image of ListImages; the many `__*` fields differ per region, only those used are named. */
export const ImageRecord = z.object({
  id: z.string().min(1),
  name: Text,
  visibility: Text,
  status: Text,
  architecture: Text,
  created_at: Text,
  updated_at: Text,
  min_disk: z.union([z.number(), z.string()]).nullish(),
  enterprise_project_id: Text,
  __imagetype: Text,
  __os_type: Text,
  __os_bit: Text,
  __os_version: Text,
  __platform: Text,
  __support_arm: Text,
  __originalimagename: Text,
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** Body of ListImages. */
export const ImageList = z.object({ images: z.array(ImageRecord) });

/** Body of ListImageByTags; a count has no resources. Those are looked at one by one, as there are very many. */
export const TaggedImages = z.object({
  total_count: z.int().nonnegative(),
  resources: z.array(z.unknown()).default([]),
});
