import { type Call, type Reply, type RunContext, readQuery, renderJson } from './exchange.ts';
import { type RepositoryRecord, repositoryUpdatedAtMs } from './repository-store.ts';
import { parseLimit, parseWindow, readFilter, renderPage } from './swr-paging.ts';
import {
  BAD_QUERY,
  refuseSwr,
  resolveRepository,
  type SwrPlace,
  type SwrRequest,
} from './swr-refusals.ts';
import { renderTime } from './tag-record.ts';

const HOST = 'swr.cn-north-4.myhuaweicloud.com';

/** GET v2 namespaces: everything at once. */
export function listNamespaces({ world, incoming }: SwrRequest): Call {
  return toCall('ListNamespaces', '', () => {
    const wanted = readFilter(incoming, 'namespace');
    const namespaces = [...world.namespaces]
      .filter(([name]) => wanted === null || name === wanted)
      .map(([name, id]) => ({ id, name, creator_name: 'example', auth: 7 }));
    return renderJson(200, { namespaces });
  });
}

/** GET v2 repos: a bare array with `Content-Range`. */
export function listRepositories(request: SwrRequest): Call {
  return toCall('ListRepos', '', ({ distortion }) => {
    const { incoming, world } = request;
    const switches = world.switches.swr;
    const window = parseWindow(incoming, switches);
    if (window === null) return refuseSwr(request, BAD_QUERY);
    return renderPage({
      rows: selectRepositories(request),
      window,
      switches,
      distortion,
      render: (repository, total) => renderRepository(repository, total),
    });
  });
}

/** GET v3 repos: `marker` and `nextMarker` are integers. */
export function listRepositoriesV3(request: SwrRequest): Call {
  return toCall('ListReposV3', '', (context) => runListRepositoriesV3(request, context));
}

/** GET v2 one repository. */
export function readRepository(place: SwrPlace): Call {
  return toCall('ShowRepo', `${place.namespace}/${place.repository}`, () => {
    const access = resolveRepository(place);
    if ('refusal' in access) return refuseSwr(place, access.refusal);
    return renderJson(200, renderOne(place, access.record));
  });
}

function toCall(operation: string, target: string, run: Call['run']): Call {
  return { operation, target, writes: [], read: () => null, run };
}

function runListRepositoriesV3(request: SwrRequest, { distortion }: RunContext): Reply {
  const { incoming } = request;
  const limit = parseLimit(incoming);
  const marker = Number(readQuery(incoming, 'marker') ?? 0);
  if (limit === null || !Number.isInteger(marker)) return refuseSwr(request, BAD_QUERY);
  const rows = selectRepositories(request);
  const looping = distortion === 'cursor-loop';
  const from = looping ? 0 : findAfter(rows, marker);
  const page = rows.slice(from, from + limit);
  const last = page.at(-1);
  const more = last !== undefined && (looping || from + limit < rows.length);
  return renderJson(200, {
    repos:
      distortion === 'null-tags'
        ? null
        : page.map((repository) => renderRepository(repository, rows.length)),
    ...(more ? { nextMarker: last.id } : {}),
  });
}

/** Rows are in the order of their ids. */
function findAfter(rows: readonly RepositoryRecord[], marker: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.id ?? 0) <= marker) low = middle + 1;
    else high = middle;
  }
  return low;
}

function selectRepositories({ world, incoming }: SwrRequest): readonly RepositoryRecord[] {
  const all = world.orderedRepositories();
  const namespace = readFilter(incoming, 'namespace');
  const name = readFilter(incoming, 'name');
  const isPublic = readQuery(incoming, 'is_public');
  const isV3 = incoming.segments?.[0] === 'v3';
  const column = isV3 ? null : readFilter(incoming, 'order_column');
  if (namespace === null && name === null && isPublic === null && column === null) return all;
  const found = all.filter(
    (repository) =>
      (namespace === null || repository.namespace.includes(namespace)) &&
      (name === null || repository.name.includes(name)) &&
      (isPublic === null || String(repository.isPublic) === isPublic),
  );
  if (column === null) return found;
  found.sort(compareBy(column));
  return readFilter(incoming, 'order_type') === 'asc' ? found : found.reverse();
}

function compareBy(column: string) {
  const rank = (repository: RepositoryRecord): string | number => {
    switch (column) {
      case 'name':
        return repository.name;
      case 'namespace':
        return repository.namespace;
      case 'tag_count':
        return repository.tags.size;
      case 'is_public':
        return Number(repository.isPublic);
      default:
        return repositoryUpdatedAtMs(repository);
    }
  };
  return (a: RepositoryRecord, b: RepositoryRecord): number => {
    const [rankA, rankB] = [rank(a), rank(b)];
    return rankA < rankB ? -1 : rankA > rankB ? 1 : a.id - b.id;
  };
}

function renderShared(repository: RepositoryRecord): Record<string, unknown> {
  return {
    name: repository.name,
    category: repository.category,
    description: repository.description,
    url: '',
    path: `${HOST}/${repository.path}`,
    internal_path: `100.125.0.198:20202/${repository.path}`,
    is_public: repository.isPublic,
    size: repository.tags.size * 1_304_902,
    num_images: repository.tags.size,
    num_download: 0,
  };
}

function renderRepository(repository: RepositoryRecord, total: number): unknown {
  return {
    ...renderShared(repository),
    namespace: repository.namespace,
    logo: '',
    domain_name: 'example',
    status: true,
    created_at: renderNanoseconds(repository.createdAtMs),
    updated_at: renderNanoseconds(repositoryUpdatedAtMs(repository)),
    tags: [...repository.tags.keys()],
    total_range: total,
  };
}

function renderOne({ world, namespace }: SwrPlace, repository: RepositoryRecord): unknown {
  return {
    ...renderShared(repository),
    id: repository.id,
    ns_id: world.namespaces.get(namespace) ?? 0,
    creator_id: 'user-example',
    creator_name: 'example',
    domain_id: 'domain-example',
    priority: 0,
    created: renderTime(repository.createdAtMs),
    updated: renderTime(repositoryUpdatedAtMs(repository)),
  };
}

/** Repository times carry nanoseconds. */
function renderNanoseconds(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '841141Z');
}
