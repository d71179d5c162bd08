import { bindSeed, type Shelf } from './oci-shelf.ts';
import { type RepositorySeed, RepositorySeedSchema, type TagSeed } from './seed.ts';
import { digestsByName, type TagRecord } from './tag-record.ts';

/** One SWR repository. */
export interface RepositoryRecord {
  readonly id: number;
  readonly namespace: string;
  /** Without the namespace; may contain slashes. */
  readonly name: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly category: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly tags: Map<string, TagRecord>;
}

/** SWR repositories, keyed `namespace/repository`. Writes here bypass the wire. */
export interface RepositoryStore {
  readonly repositories: ReadonlyMap<string, RepositoryRecord>;
  /** Organization name to record id. */
  readonly namespaces: ReadonlyMap<string, number>;
  readonly orderedRepositories: () => readonly RepositoryRecord[];
  readonly addRepository: (seed: RepositorySeed) => RepositoryRecord;
  readonly removeRepository: (path: string) => boolean;
  /** Tag name to digest; throws for an unknown repository. */
  readonly repositoryTags: (path: string) => Record<string, string>;
  readonly setRepositoryTag: (path: string, tag: string, seed: TagSeed) => TagRecord;
  readonly deleteRepositoryTag: (path: string, tag: string) => boolean;
}

/** An empty store; the registry of the same cloud reads its shelf. */
export function createRepositoryStore(shelf: Shelf, now: () => number): RepositoryStore {
  const repositories = new Map<string, RepositoryRecord>();
  const namespaces = new Map<string, number>();
  let order: readonly RepositoryRecord[] | null = null;
  let lastId = 0;

  const read = (path: string): RepositoryRecord => {
    const repository = repositories.get(path);
    if (repository === undefined) {
      throw new Error(`Cannot find repository "${path}" in the simulated world`);
    }
    return repository;
  };

  return {
    repositories,
    namespaces,
    orderedRepositories: () => {
      order ??= [...repositories.values()];
      return order;
    },
    addRepository: (seed) => {
      lastId += 1;
      const repository = createRepository(seed, { shelf, id: lastId, nowMs: now() });
      order = null;
      repositories.set(repository.path, repository);
      const { namespace } = repository;
      namespaces.set(namespace, namespaces.get(namespace) ?? namespaces.size + 1);
      return repository;
    },
    removeRepository: (path) => {
      order = null;
      shelf.drop(path);
      return repositories.delete(path);
    },
    repositoryTags: (path) => digestsByName(read(path).tags),
    setRepositoryTag: (path, name, seed) =>
      bindSeed(shelf, { path, tags: read(path).tags, name, seed, nowMs: now() }),
    deleteRepositoryTag: (path, tag) => read(path).tags.delete(tag),
  };
}

/** When any tag of the repository last changed. */
export function repositoryUpdatedAtMs(repository: RepositoryRecord): number {
  let latest = repository.createdAtMs;
  for (const tag of repository.tags.values()) latest = Math.max(latest, tag.updatedAtMs);
  return latest;
}

interface Creation {
  readonly shelf: Shelf;
  readonly id: number;
  readonly nowMs: number;
}

function createRepository(seed: RepositorySeed, { shelf, id, nowMs }: Creation): RepositoryRecord {
  const parsed = RepositorySeedSchema.parse(seed);
  const slash = parsed.name.indexOf('/');
  const tags = new Map<string, TagRecord>();
  for (const [name, tag] of Object.entries(parsed.tags)) {
    bindSeed(shelf, { path: parsed.name, tags, name, seed: tag, nowMs });
  }
  return {
    id,
    namespace: parsed.name.slice(0, slash),
    name: parsed.name.slice(slash + 1),
    path: parsed.name,
    isPublic: parsed.public,
    category: parsed.category,
    description: parsed.description,
    createdAtMs: [...tags.values()].reduce((first, tag) => Math.min(first, tag.createdAtMs), nowMs),
    tags,
  };
}
