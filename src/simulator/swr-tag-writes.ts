import { z } from 'zod';
import { type Call, parseBody, type Reply, renderEmpty, type WriteItem } from './exchange.ts';
import { isTagName } from './swr-names.ts';
import {
  BAD_PARAMETER,
  BAD_TAG_NAME,
  NO_SUCH_TAG,
  refuseSwr,
  resolveRepository,
  type SwrPlace,
  TAG_EXISTS,
} from './swr-refusals.ts';

const CopyBodySchema = z.looseObject({
  source_tag: z.string(),
  destination_tag: z.string(),
  override: z.boolean().optional(),
});
type CopyBody = z.infer<typeof CopyBodySchema>;

/** POST …/tags: binds a second name to the source tag's image (contract 2.5). */
export function copyTag(place: SwrPlace): Call {
  const parsed = CopyBodySchema.safeParse(parseBody(place.incoming));
  const body = parsed.success ? parsed.data : null;
  const item = {
    operation: 'copy',
    key: body?.destination_tag ?? null,
    value: null,
    from: body?.source_tag ?? null,
  } as const;
  return toCall(place, 'CreateRepoTag', [item], () => runCopy(place, body));
}

/** DELETE …/tags/{tag}: 204, and 404 the second time. */
export function deleteTag(place: SwrPlace, tag: string): Call {
  const siblings = findSiblings(place, tag);
  const items = [tag, ...siblings].map(
    (key) => ({ operation: 'delete', key, value: null, from: null }) as const,
  );
  return toCall(place, 'DeleteRepoTag', items, () => {
    const access = resolveRepository(place);
    if ('refusal' in access) return refuseSwr(place, access.refusal);
    const { path, tags } = access.record;
    const found = tags.get(tag);
    if (found === undefined) return refuseSwr(place, NO_SUCH_TAG);
    for (const name of [tag, ...siblings]) tags.delete(name);
    const { deleteTakesSiblings } = place.world.switches.swr;
    if (deleteTakesSiblings) place.world.shelves.swr.contents(path).manifests.delete(found.digest);
    return renderEmpty(204);
  });
}

/** Other tags of the same digest, where the switch says that they go too. */
function findSiblings({ world, namespace, repository }: SwrPlace, tag: string): string[] {
  const tags = world.repositories.get(`${namespace}/${repository}`)?.tags;
  const digest = tags?.get(tag)?.digest;
  if (tags === undefined || !world.switches.swr.deleteTakesSiblings) return [];
  return [...tags.values()]
    .filter((found) => found.digest === digest && found.name !== tag)
    .map(({ name }) => name);
}

function runCopy(place: SwrPlace, body: CopyBody | null): Reply {
  const access = resolveRepository(place);
  if ('refusal' in access) return refuseSwr(place, access.refusal);
  if (body === null) return refuseSwr(place, BAD_PARAMETER);
  const { source_tag, destination_tag } = body;
  if (!isTagName(source_tag) || !isTagName(destination_tag)) return refuseSwr(place, BAD_TAG_NAME);

  const { world } = place;
  const { path, tags } = access.record;
  const source = tags.get(source_tag);
  if (source === undefined) return refuseSwr(place, NO_SUCH_TAG);
  const override = body.override ?? world.switches.swr.overrideDefault;
  if (tags.has(destination_tag) && !override) return refuseSwr(place, TAG_EXISTS);
  const updated = new Date(source.updatedAtMs).toISOString();
  world.setRepositoryTag(
    path,
    destination_tag,
    world.switches.swr.copyKeepsUpdated ? { digest: source.digest, updated } : source.digest,
  );
  return renderEmpty(201);
}

function toCall(
  place: SwrPlace,
  operation: string,
  writes: readonly WriteItem[],
  run: () => Reply,
): Call {
  const target = `${place.namespace}/${place.repository}`;
  const read = (tag: string): string | null =>
    place.world.repositories.get(target)?.tags.get(tag)?.digest ?? null;
  return { operation, target, writes, read, run };
}
