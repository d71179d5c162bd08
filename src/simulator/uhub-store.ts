import { bindSeed, type Shelf } from './oci-shelf.ts';
import { type TagSeed, type UhubSeed, UhubSeedSchema } from './seed.ts';
import { digestsByName, type TagRecord } from './tag-record.ts';

/** One image inside a UHub repository. */
export interface UhubImageRecord {
  readonly repo: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly tags: Map<string, TagRecord>;
}

/** One UHub repository: a folder of images, named uniquely across all customers. */
export interface UhubRepoRecord {
  readonly name: string;
  readonly projectId: string;
  readonly isShared: boolean;
  readonly isPrivate: boolean;
  readonly createdAtMs: number;
  readonly images: Map<string, UhubImageRecord>;
}

/** UHub repositories; images are addressed `repo/image`. Writes here bypass the wire. */
export interface UhubStore {
  readonly uhubRepos: ReadonlyMap<string, UhubRepoRecord>;
  readonly findUhubImage: (path: string) => UhubImageRecord | null;
  readonly addUhubImage: (seed: UhubSeed) => UhubImageRecord;
  readonly removeUhubImage: (path: string) => boolean;
  /** Tag name to digest; throws for an unknown image. */
  readonly uhubTags: (path: string) => Record<string, string>;
  readonly setUhubTag: (path: string, tag: string, seed: TagSeed) => TagRecord;
  readonly deleteUhubTag: (path: string, tag: string) => boolean;
}

export interface UhubStoreOptions {
  /** Of repositories seeded without one. */
  readonly defaultProject: string;
  /** The registry of the same cloud reads it. */
  readonly shelf: Shelf;
  readonly now: () => number;
}

/** An empty store. */
export function createUhubStore({ defaultProject, shelf, now }: UhubStoreOptions): UhubStore {
  const uhubRepos = new Map<string, UhubRepoRecord>();

  const findUhubImage = (path: string): UhubImageRecord | null => {
    const slash = path.indexOf('/');
    return uhubRepos.get(path.slice(0, slash))?.images.get(path.slice(slash + 1)) ?? null;
  };
  const read = (path: string): UhubImageRecord => {
    const image = findUhubImage(path);
    if (image === null) throw new Error(`Cannot find UHub image "${path}" in the simulated world`);
    return image;
  };

  return {
    uhubRepos,
    findUhubImage,
    addUhubImage: (seed) => {
      const repo = uhubRepos.get(seed.repo) ?? createUhubRepo(seed, defaultProject, now());
      uhubRepos.set(repo.name, repo);
      const image = createUhubImage(seed, shelf, now());
      repo.images.set(image.name, image);
      return image;
    },
    removeUhubImage: (path) => {
      const image = findUhubImage(path);
      shelf.drop(path);
      return image !== null && (uhubRepos.get(image.repo)?.images.delete(image.name) ?? false);
    },
    uhubTags: (path) => digestsByName(read(path).tags),
    setUhubTag: (path, name, seed) =>
      bindSeed(shelf, { path, tags: read(path).tags, name, seed, nowMs: now() }),
    deleteUhubTag: (path, tag) => read(path).tags.delete(tag),
  };
}

function createUhubRepo(seed: UhubSeed, defaultProject: string, nowMs: number): UhubRepoRecord {
  const parsed = UhubSeedSchema.parse(seed);
  return {
    name: parsed.repo,
    projectId: parsed.projectId ?? defaultProject,
    isShared: parsed.shared,
    isPrivate: parsed.private,
    createdAtMs: nowMs,
    images: new Map(),
  };
}

function createUhubImage(seed: UhubSeed, shelf: Shelf, nowMs: number): UhubImageRecord {
  const parsed = UhubSeedSchema.parse(seed);
  const path = `${parsed.repo}/${parsed.image}`;
  const tags = new Map<string, TagRecord>();
  for (const [name, tag] of Object.entries(parsed.tags)) {
    bindSeed(shelf, { path, tags, name, seed: tag, nowMs });
  }
  return { repo: parsed.repo, name: parsed.image, createdAtMs: nowMs, tags };
}
