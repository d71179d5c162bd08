import { type TagSeed, type UhubSeed, UhubSeedSchema } from './seed.ts';
import { createTagRecord, digestsByName, type TagRecord } from './tag-record.ts';

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

/** An empty store; repositories without a project belong to `defaultProject`. */
export function createUhubStore(defaultProject: string, now: () => number): UhubStore {
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
      const image = createUhubImage(seed, now());
      repo.images.set(image.name, image);
      return image;
    },
    removeUhubImage: (path) => {
      const image = findUhubImage(path);
      return image !== null && (uhubRepos.get(image.repo)?.images.delete(image.name) ?? false);
    },
    uhubTags: (path) => digestsByName(read(path).tags),
    setUhubTag: (path, tag, seed) => {
      const record = createTagRecord(tag, seed, now());
      read(path).tags.set(tag, record);
      return record;
    },
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

function createUhubImage(seed: UhubSeed, nowMs: number): UhubImageRecord {
  const parsed = UhubSeedSchema.parse(seed);
  const tags = Object.entries(parsed.tags).map(
    ([name, tag]) => [name, createTagRecord(name, tag, nowMs)] as const,
  );
  return { repo: parsed.repo, name: parsed.image, createdAtMs: nowMs, tags: new Map(tags) };
}
