import {
  type Call,
  type Incoming,
  type Reply,
  type RunContext,
  readQuery,
  renderJson,
} from './exchange.ts';
import type { RepositoryRecord } from './repository-store.ts';
import { parseLimit, parseWindow, readFilter, renderPage } from './swr-paging.ts';
import { BAD_QUERY, refuseSwr, resolveRepository, type SwrPlace } from './swr-refusals.ts';
import { digestOf, renderTime, type TagRecord } from './tag-record.ts';

/** Tags that signing tools leave beside the image they sign. */
const SIGNATURE = /^sha256-[0-9a-f]{64}\.sig$/;

/** GET v2 …/tags: a bare array, `Tag` with a capital. */
export function listTags(place: SwrPlace): Call {
  return toCall(place, 'ListRepoTags', (context) => runListTags(place, context));
}

/** GET v3 …/tags: `tag` in lower case, `nextMarker`, `has_more`. */
export function listTagsV3(place: SwrPlace): Call {
  return toCall(place, 'ListRepoTagsV3', (context) => runListTagsV3(place, context));
}

function toCall(place: SwrPlace, operation: string, run: Call['run']): Call {
  const target = `${place.namespace}/${place.repository}`;
  return { operation, target, writes: [], read: () => null, run };
}

function runListTags(place: SwrPlace, { distortion }: RunContext): Reply {
  const access = resolveRepository(place);
  if ('refusal' in access) return refuseSwr(place, access.refusal);
  const { incoming, world } = place;
  const switches = world.switches.swr;
  const window = parseWindow(incoming, switches);
  if (window === null) return refuseSwr(place, BAD_QUERY);
  const rows = selectTags(incoming, access.record, switches.tagFilter);
  return renderPage({
    rows,
    window,
    switches,
    distortion,
    render: (tag) => ({
      ...renderTag(place, access.record, tag),
      manifest: renderManifest(world, tag.digest),
      Tag: tag.name,
      deleted: null,
      scanned: false,
    }),
  });
}

/** Real rows carry the manifest of every tag; here those of indexes, and filler where a switch asks for its size. */
function renderManifest({ library, switches }: SwrPlace['world'], digest: string): string {
  const { manifestBytes } = switches.swr;
  const isIndex = library.summarize(digest)?.isIndex ?? false;
  if (manifestBytes > 0 || !isIndex) return ' '.repeat(manifestBytes);
  return library.readManifest(digest)?.bytes.toString() ?? '';
}

function runListTagsV3(place: SwrPlace, { distortion }: RunContext): Reply {
  const access = resolveRepository(place);
  if ('refusal' in access) return refuseSwr(place, access.refusal);
  const { incoming } = place;
  const limit = parseLimit(incoming);
  const marker = readQuery(incoming, 'marker');
  const start = marker === null || marker === '' ? 0 : parseMarker(marker);
  if (limit === null || start === null) return refuseSwr(place, BAD_QUERY);
  const rows = selectTags(incoming, access.record, 'fuzzy');
  const looping = distortion === 'cursor-loop';
  const from = looping ? 0 : start;
  const next = looping ? limit : from + limit;
  const more = looping || next < rows.length;
  const page = rows
    .slice(from, from + limit)
    .map((tag) => ({ ...renderTag(place, access.record, tag), tag: tag.name }));
  return renderJson(200, {
    has_more: more,
    ...(more ? { nextMarker: renderMarker(next) } : {}),
    tags: distortion === 'null-tags' ? null : page,
  });
}

function selectTags(
  incoming: Incoming,
  { tags }: RepositoryRecord,
  match: 'fuzzy' | 'exact',
): TagRecord[] {
  const wanted = readFilter(incoming, 'tag');
  const found = [...tags.values()].filter(
    ({ name }) => wanted === null || (match === 'exact' ? name === wanted : name.includes(wanted)),
  );
  const byName = readFilter(incoming, 'order_column') === 'tag';
  found.sort((a, b) => (byName ? 0 : a.updatedAtMs - b.updatedAtMs) || (a.name < b.name ? -1 : 1));
  return readFilter(incoming, 'order_type') === 'asc' ? found : found.reverse();
}

function renderTag(
  { world }: SwrPlace,
  repository: RepositoryRecord,
  tag: TagRecord,
): Record<string, unknown> {
  const content = world.library.summarize(tag.digest);
  const config = content?.config ?? digestOf(`config ${tag.digest}`);
  return {
    id: tag.id,
    repo_id: repository.id,
    image_id: config.slice('sha256:'.length),
    manifest: '',
    ...(world.switches.swr.digest ? { digest: tag.digest } : {}),
    schema: 2,
    path: `swr.cn-north-4.myhuaweicloud.com/${repository.path}:${tag.name}`,
    internal_path: `100.125.0.198:20202/${repository.path}:${tag.name}`,
    size: 1_304_902,
    is_trusted: false,
    created: renderTime(tag.createdAtMs),
    updated: renderTime(tag.updatedAtMs),
    domain_id: 'domain-example',
    tag_type: SIGNATURE.test(tag.name) ? 2 : Number(content?.isIndex ?? false),
  };
}

function renderMarker(position: number): string {
  return Buffer.from(`position:${position}`).toString('base64url');
}

function parseMarker(marker: string): number | null {
  const [, digits] = /^position:(\d+)$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  return digits === undefined ? null : Number(digits);
}
