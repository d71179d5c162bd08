import { z } from 'zod';
import {
  type Call,
  parseBody,
  type Refusal,
  type Reply,
  type RunContext,
  renderEmpty,
  renderJson,
  type WriteItem,
} from './exchange.ts';
import type { ImageRecord } from './image-store.ts';
import {
  EMPTY_BODY,
  findProjectRefusal,
  type ImsPlace,
  INVALID_TAG,
  MALFORMED,
  NO_SUCH_API,
  NO_SUCH_METHOD,
  NO_SUCH_TAG,
  NOT_FOUND,
  refuseIms,
  resolveImage,
  TOO_MANY_TAGS,
} from './ims-refusals.ts';
import type { Switches } from './switches.ts';

const MAX_TAGS = 10;
const MAX_KEY = 36;
const MAX_VALUE = 43;
const MAX_DELETE_KEY = 127;
const CHARSETS = {
  any: { key: /^/, value: /^/ },
  older: { key: /^[\w\u4e00-\u9fff-]+$/, value: /^[\w.\u4e00-\u9fff-]*$/ },
  newer: { key: /^(?! )[^=*<>\\,|/]*(?<! )$/, value: /^(?: *|(?! )[^=*<>\\,|/]*(?<! ))$/ },
} as const;

const MISSING_BATCH = {
  no: null,
  unpublished: NO_SUCH_API,
  '404': NOT_FOUND,
  '405': NO_SUCH_METHOD,
} as const satisfies Record<Switches['ims']['batchMissing'], Refusal | null>;

const AddBodySchema = z.looseObject({ tag: z.looseObject({ key: z.string(), value: z.string() }) });
const BatchBodySchema = z.looseObject({
  action: z.enum(['create', 'delete']),
  tags: z.array(z.looseObject({ key: z.string(), value: z.string().optional() })).min(1),
});
type Batch = z.infer<typeof BatchBodySchema>;

/** POST …/tags: upsert of one key; the cap counts new keys only. */
export function addImageTag(place: ImsPlace): Call {
  const { world, incoming } = place;
  const body = AddBodySchema.safeParse(parseBody(incoming));
  const tag = body.success ? body.data.tag : null;
  const item = {
    operation: 'add',
    key: tag?.key ?? null,
    value: tag?.value ?? null,
    from: null,
  } as const;
  return toCall(place, 'AddImageTag', [item], ({ caller }) => {
    const access = resolveImage(place, caller, 'write');
    if ('refusal' in access) return refuseIms(place, access.refusal);
    if (incoming.body.length === 0) return refuseIms(place, EMPTY_BODY);
    if (tag === null) return refuseIms(place, malformedOrInvalid(place));
    const refusal =
      findTagRefusal(tag, world.switches.ims) ?? findCapRefusal(access.image, [tag.key]);
    if (refusal !== null) return refuseIms(place, refusal);
    access.image.tags.set(tag.key, tag.value);
    return renderEmpty(204);
  });
}

/** GET …/tags: objects, every tag, no paging. */
export function listImageTags(place: ImsPlace): Call {
  return toCall(place, 'ListImageTags', [], ({ caller, distortion }) => {
    const access = resolveImage(place, caller, 'read');
    if ('refusal' in access) return refuseIms(place, access.refusal);
    const tags = [...access.image.tags].map(([key, value]) => ({ key, value }));
    return renderJson(200, { tags: distortion === 'null-tags' ? null : tags });
  });
}

/** DELETE …/tags/{key}: not idempotent, and the key is not checked. */
export function deleteImageTag(place: ImsPlace, key: string): Call {
  const item = { operation: 'delete', key, value: null, from: null } as const;
  return toCall(place, 'DeleteImageTag', [item], ({ caller }) => {
    const access = resolveImage(place, caller, 'write');
    if ('refusal' in access) return refuseIms(place, access.refusal);
    return access.image.tags.delete(key) ? renderEmpty(204) : refuseIms(place, NO_SUCH_TAG);
  });
}

/** POST …/tags/action: batch upsert, or batch delete that forgives missing keys. */
export function batchImageTags(place: ImsPlace): Call {
  const body = BatchBodySchema.safeParse(parseBody(place.incoming));
  const batch = body.success ? body.data : null;
  return toCall(place, 'BatchAddOrDeleteTags', toItems(batch), ({ caller, distortion }) => {
    const missing = MISSING_BATCH[place.world.switches.ims.batchMissing];
    if (missing !== null) return refuseIms(place, missing);
    const access = resolveImage(place, caller, 'write');
    if ('refusal' in access) return refuseIms(place, access.refusal);
    if (place.incoming.body.length === 0) return refuseIms(place, EMPTY_BODY);
    if (batch === null) return refuseIms(place, MALFORMED);
    const invalid = findBatchRefusal(batch, place.world.switches.ims);
    if (invalid !== null) return refuseIms(place, invalid);
    const { tags } = batch;
    const half = { ...batch, tags: tags.slice(0, Math.ceil(tags.length / 2)) };
    return runBatch(place, distortion === 'partial' ? half : batch, access.image);
  });
}

/** GET /v2/{project_id}/images/tags: every tag in use, values grouped by key. */
export function listProjectTags(place: ImsPlace): Call {
  return toCall({ ...place, imageId: '' }, 'ListImagesTags', [], ({ caller }) => {
    const refusal = findProjectRefusal(place, caller);
    if (refusal !== null) return refuseIms(place, refusal);
    const values = new Map<string, Set<string>>();
    for (const image of place.world.images.values()) {
      if (image.owner !== caller.projectId) continue;
      for (const [key, value] of image.tags) {
        values.set(key, (values.get(key) ?? new Set()).add(value));
      }
    }
    const tags = [...values].map(([key, found]) => ({ key, values: [...found] }));
    return renderJson(200, { tags });
  });
}

function toCall(
  place: ImsPlace,
  operation: string,
  writes: readonly WriteItem[],
  run: (context: RunContext) => Reply,
): Call {
  const { world, imageId } = place;
  const read = (key: string): string | null => world.images.get(imageId)?.tags.get(key) ?? null;
  return { operation, target: imageId, writes, read, run };
}

function toItems(batch: Batch | null): WriteItem[] {
  if (batch === null) return [{ operation: 'add', key: null, value: null, from: null }];
  const { action, tags } = batch;
  return tags.map(({ key, value = null }) =>
    action === 'create'
      ? { operation: 'add', key, value, from: null }
      : { operation: 'delete', key, value: null, from: null },
  );
}

function findBatchRefusal({ tags, action }: Batch, ims: Switches['ims']): Refusal | null {
  if (tags.length > MAX_TAGS) return TOO_MANY_TAGS;
  if (new Set(tags.map(({ key }) => key)).size < tags.length) return INVALID_TAG;
  const refusals = tags.map(({ key, value = null }) =>
    action === 'create' ? findTagRefusal({ key, value }, ims) : findDeleteRefusal(key),
  );
  return refusals.find((refusal) => refusal !== null) ?? null;
}

function findDeleteRefusal(key: string): Refusal | null {
  return key.trim() !== '' && countCharacters(key) <= MAX_DELETE_KEY ? null : INVALID_TAG;
}

/** A batch of valid keys; `written` tells how far it came. */
function runBatch(place: ImsPlace, { action, tags }: Batch, image: ImageRecord): Reply {
  const keys = tags.map(({ key }) => key);
  if (action === 'delete') {
    for (const key of keys) image.tags.delete(key);
    return { ...renderEmpty(204), written: new Set(keys) };
  }
  const overCap = findCapRefusal(image, keys);
  const written = new Set<string>();
  if (overCap !== null && place.world.switches.ims.batchAtomic) return refuseIms(place, overCap);
  for (const { key, value = '' } of tags) {
    if (findCapRefusal(image, [key]) !== null) continue;
    image.tags.set(key, value);
    written.add(key);
  }
  return { ...(overCap === null ? renderEmpty(204) : refuseIms(place, overCap)), written };
}

/** A tag with a null or missing value is invalid; other unreadable bodies are malformed. */
function malformedOrInvalid({ incoming }: ImsPlace): Refusal {
  const loose = z.looseObject({ tag: z.looseObject({}) }).safeParse(parseBody(incoming));
  return loose.success ? INVALID_TAG : MALFORMED;
}

function findTagRefusal(
  { key, value }: { readonly key: string; readonly value: string | null },
  { charset, acceptEmptyValue }: Switches['ims'],
): Refusal | null {
  const valid =
    value !== null &&
    key.trim() !== '' &&
    countCharacters(key) <= MAX_KEY &&
    countCharacters(value) <= MAX_VALUE &&
    (value !== '' || acceptEmptyValue) &&
    CHARSETS[charset].key.test(key) &&
    CHARSETS[charset].value.test(value);
  return valid ? null : INVALID_TAG;
}

function findCapRefusal({ tags }: ImageRecord, keys: readonly string[]): Refusal | null {
  const added = keys.filter((key) => !tags.has(key)).length;
  return added > 0 && tags.size + added > MAX_TAGS ? TOO_MANY_TAGS : null;
}

/** Code points: the document says characters and leaves the unit open. */
function countCharacters(text: string): number {
  return Array.from(text).length;
}
