import { z } from 'zod';
import {
  type Call,
  type Caller,
  parseBody,
  type Reply,
  type RunContext,
  renderJson,
} from './exchange.ts';
import type { ImageRecord } from './image-store.ts';
import { findProjectRefusal, type ImsPlace, MALFORMED, refuseIms } from './ims-refusals.ts';

const TagFilterSchema = z
  .array(
    z.looseObject({
      key: z.string().min(1).max(127),
      values: z.array(z.string().max(255)).max(10).refine(isUnique),
    }),
  )
  .min(1)
  .max(10)
  .refine((filters) => isUnique(filters.map(({ key }) => key)));
const NumberText = z.string().regex(/^\d+$/);

/** `limit` and `offset` are strings on this call; numbers are refused. */
const QuerySchema = z.looseObject({
  action: z.enum(['filter', 'count']),
  tags: TagFilterSchema.optional(),
  tags_any: TagFilterSchema.optional(),
  not_tags: TagFilterSchema.optional(),
  not_tags_any: TagFilterSchema.optional(),
  without_any_tag: z.boolean().optional(),
  matches: z
    .array(
      z.looseObject({ key: z.enum(['resource_name', 'resource_id']), value: z.string().max(255) }),
    )
    .min(1)
    .refine((matches) => isUnique(matches.map(({ key }) => key)))
    .optional(),
  limit: NumberText.refine((text) => Number(text) >= 1 && Number(text) <= 1_000).default('10'),
  offset: NumberText.default('0'),
});
type Query = z.infer<typeof QuerySchema>;
type TagFilter = z.infer<typeof TagFilterSchema>;

/** POST …/resource_instances/action: images by tags, or their number. */
export function queryByTags(place: ImsPlace): Call {
  return {
    operation: 'ListImageByTags',
    target: '',
    writes: [],
    read: () => null,
    run: (context) => runQuery(place, context),
  };
}

function runQuery(place: ImsPlace, { caller, distortion }: RunContext): Reply {
  const refusal = findProjectRefusal(place, caller);
  if (refusal !== null) return refuseIms(place, refusal);
  const parsed = QuerySchema.safeParse(parseBody(place.incoming));
  if (!parsed.success) return refuseIms(place, MALFORMED);
  const query = parsed.data;

  const found = selectImages(place, query, caller);
  const total_count = found.length + (distortion === 'total-mismatch' ? 7 : 0);
  if (query.action === 'count') return renderJson(200, { total_count });
  const offset = distortion === 'cursor-loop' ? 0 : Number(query.offset);
  const page = found.slice(offset, offset + Number(query.limit));
  const nullTags = distortion === 'null-tags';
  return renderJson(200, {
    total_count,
    resources: page.map((image) => renderResource(image, nullTags)),
  });
}

function selectImages({ world }: ImsPlace, query: Query, caller: Caller): ImageRecord[] {
  return world
    .orderedImages('createdAtMs', 'desc')
    .filter((image) => image.owner === caller.projectId && isWanted(image, query));
}

function isWanted(image: ImageRecord, query: Query): boolean {
  const { tags, tags_any, not_tags, not_tags_any, without_any_tag, matches = [] } = query;
  if (!matches.every((match) => matchesResource(image, match))) return false;
  if (without_any_tag === true) return image.tags.size === 0;
  const carries = (filter: TagFilter[number]): boolean => carriesTag(image, filter);
  return (
    (tags === undefined || tags.every(carries)) &&
    (tags_any === undefined || tags_any.some(carries)) &&
    (not_tags === undefined || !not_tags.every(carries)) &&
    (not_tags_any === undefined || !not_tags_any.some(carries))
  );
}

function carriesTag({ tags }: ImageRecord, { key, values }: TagFilter[number]): boolean {
  const value = tags.get(key);
  return value !== undefined && (values.length === 0 || values.includes(value));
}

function matchesResource(
  { id, name }: ImageRecord,
  { key, value }: { readonly key: 'resource_name' | 'resource_id'; readonly value: string },
): boolean {
  return key === 'resource_id' ? id === value : name.includes(value);
}

function renderResource({ id, name, status, tags }: ImageRecord, nullTags: boolean): unknown {
  return {
    resource_id: id,
    resource_name: name,
    resource_detail: { status },
    tags: nullTags ? null : [...tags].map(([key, value]) => ({ key, value })),
  };
}

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
