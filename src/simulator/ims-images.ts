import {
  type Call,
  type Caller,
  type Incoming,
  type Reply,
  type RunContext,
  readQuery,
  renderJson,
} from './exchange.ts';
import type { ImageRecord } from './image-store.ts';
import { MALFORMED, refuseIms } from './ims-refusals.ts';
import { renderTime } from './tag-record.ts';
import type { World } from './world.ts';

const DEFAULT_LIMIT = 500;
const SORT_KEYS = {
  created_at: 'createdAtMs',
  name: 'name',
  id: 'id',
  status: 'status',
} as const;
const TIME_FILTER = /^(gt|gte|lt|lte|eq|neq):(.+)$/;

type ImageFilter = (image: ImageRecord) => boolean;

/** GET /v2/cloudimages: marker paging, filters, tags as strings. */
export function listImages(world: World, incoming: Incoming): Call {
  return {
    operation: 'ListImages',
    target: '',
    writes: [],
    read: () => null,
    run: (context) => runListImages(world, incoming, context),
  };
}

function runListImages(world: World, incoming: Incoming, context: RunContext): Reply {
  const { caller, distortion } = context;
  const limit = Number(readQuery(incoming, 'limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 0) return refuseIms({ world, incoming }, MALFORMED);
  const start = distortion === 'cursor-loop' ? '' : (readQuery(incoming, 'marker') ?? '');
  const order = listCandidates(world, incoming);
  const from = start === '' ? 0 : findPosition(order, start) + 1;
  if (start !== '' && from === 0) return refuseIms({ world, incoming }, MALFORMED);

  const filter = createFilter(incoming, caller);
  const page: unknown[] = [];
  for (let at = from; at < order.length && page.length < limit; at += 1) {
    const image = order[at];
    if (image === undefined || !filter(image)) continue;
    page.push(renderImage(world, image, distortion === 'null-tags'));
  }
  return renderJson(200, { images: page });
}

function listCandidates(world: World, incoming: Incoming): readonly ImageRecord[] {
  const id = readQuery(incoming, 'id');
  if (id !== null) {
    const image = world.images.get(id);
    return image === undefined ? [] : [image];
  }
  const sortKey = readQuery(incoming, 'sort_key') ?? 'created_at';
  const known = Object.entries(SORT_KEYS).find(([name]) => name === sortKey)?.[1] ?? 'createdAtMs';
  const direction = readQuery(incoming, 'sort_dir') === 'asc' ? 'asc' : 'desc';
  return world.orderedImages(known, direction);
}

const POSITIONS = new WeakMap<readonly ImageRecord[], ReadonlyMap<string, number>>();

/** Index of a marker; positions are computed once per order, which changes only with the images. */
function findPosition(order: readonly ImageRecord[], id: string): number {
  const positions = POSITIONS.get(order) ?? new Map(order.map((image, index) => [image.id, index]));
  POSITIONS.set(order, positions);
  return positions.get(id) ?? -1;
}

function createFilter(incoming: Incoming, caller: Caller): ImageFilter {
  const filters: ImageFilter[] = [
    ({ owner, visibility }) => owner === caller.projectId || visibility !== 'private',
  ];
  for (const [name, value] of incoming.query) {
    const filter = createOneFilter(name, value);
    if (filter !== null) filters.push(filter);
  }
  return (image) => filters.every((filter) => filter(image));
}

/** Parameters that are not listed here are accepted and ignored. */
function createOneFilter(name: string, value: string): ImageFilter | null {
  switch (name) {
    case 'name':
      return (image) => image.name === value;
    case '__imagetype':
      return (image) => image.imageType === value;
    case 'visibility':
      return (image) => image.visibility === value;
    case 'owner':
      return (image) => image.owner === value;
    case 'status':
      return (image) => image.status === value;
    case '__os_type':
      return (image) => image.osType === value;
    case 'tag':
      return createTagFilter(value);
    case 'created_at':
    case 'updated_at':
      return createTimeFilter(value);
    default:
      return null;
  }
}

function createTagFilter(text: string): ImageFilter {
  const mark = text.indexOf('=');
  const [key, value] = mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  return ({ tags }) => tags.get(key) === value;
}

function createTimeFilter(text: string): ImageFilter | null {
  const [, operator, time = ''] = TIME_FILTER.exec(text) ?? [];
  const atMs = Date.parse(time);
  switch (operator) {
    case 'gt':
      return ({ createdAtMs }) => createdAtMs > atMs;
    case 'gte':
      return ({ createdAtMs }) => createdAtMs >= atMs;
    case 'lt':
      return ({ createdAtMs }) => createdAtMs < atMs;
    case 'lte':
      return ({ createdAtMs }) => createdAtMs <= atMs;
    case 'eq':
      return ({ createdAtMs }) => createdAtMs === atMs;
    case 'neq':
      return ({ createdAtMs }) => createdAtMs !== atMs;
    default:
      return null;
  }
}

function renderImage(world: World, image: ImageRecord, nullTags: boolean): unknown {
  const separator = world.switches.ims.tagSeparator;
  const tags = [...image.tags].map(([key, value]) =>
    separator === '.' && value === '' ? key : `${key}${separator}${value}`,
  );
  const createdAt = renderTime(image.createdAtMs);
  return {
    id: image.id,
    name: image.name,
    owner: image.owner,
    status: image.status,
    visibility: image.visibility,
    protected: false,
    tags: nullTags ? null : tags,
    created_at: createdAt,
    updated_at: createdAt,
    active_at: createdAt,
    schema: '/v2/schemas/image',
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    container_format: 'bare',
    disk_format: 'zvhd2',
    min_disk: 40,
    min_ram: 0,
    virtual_size: null,
    __os_type: image.osType,
    __os_version: image.osVersion,
    __os_bit: '64',
    __platform: image.osVersion.split(' ')[0] ?? '',
    __imagetype: image.imageType,
    __image_source_type: 'uds',
    __isregistered: 'true',
    __support_kvm: 'true',
    virtual_env_type: 'FusionCompute',
    enterprise_project_id: '0',
  };
}
