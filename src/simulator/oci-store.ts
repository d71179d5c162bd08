import { bindSeed, type Shelf } from './oci-shelf.ts';
import { type OciSeed, OciSeedSchema, type TagSeed } from './seed.ts';
import { digestsByName, type TagRecord } from './tag-record.ts';

/** One repository of the plain registry. */
export interface OciRepositoryRecord {
  readonly name: string;
  readonly tags: Map<string, TagRecord>;
}

/** Repositories of the plain OCI registry. Writes here bypass the wire. */
export interface OciStore {
  readonly ociRepositories: ReadonlyMap<string, OciRepositoryRecord>;
  readonly addOciRepository: (seed: OciSeed) => OciRepositoryRecord;
  readonly removeOciRepository: (name: string) => boolean;
  /** Tag name to digest; throws for an unknown repository. */
  readonly ociTags: (name: string) => Record<string, string>;
  readonly setOciTag: (name: string, tag: string, seed: TagSeed) => TagRecord;
  readonly deleteOciTag: (name: string, tag: string) => boolean;
}

/** An empty store. */
export function createOciStore(shelf: Shelf, now: () => number): OciStore {
  const ociRepositories = new Map<string, OciRepositoryRecord>();
  const read = (name: string): OciRepositoryRecord => {
    const repository = ociRepositories.get(name);
    if (repository === undefined) {
      throw new Error(`Cannot find OCI repository "${name}" in the simulated world`);
    }
    return repository;
  };

  return {
    ociRepositories,
    addOciRepository: (seed) => {
      const { name: path, tags: seeds } = OciSeedSchema.parse(seed);
      const tags = new Map<string, TagRecord>();
      // One moment for all, or two names of one image would be built a millisecond apart.
      const nowMs = now();
      for (const [name, tag] of Object.entries(seeds)) {
        bindSeed(shelf, { path, tags, name, seed: tag, nowMs });
      }
      const repository = { name: path, tags };
      ociRepositories.set(path, repository);
      return repository;
    },
    removeOciRepository: (name) => {
      shelf.drop(name);
      return ociRepositories.delete(name);
    },
    ociTags: (name) => digestsByName(read(name).tags),
    setOciTag: (path, name, seed) =>
      bindSeed(shelf, { path, tags: read(path).tags, name, seed, nowMs: now() }),
    deleteOciTag: (name, tag) => read(name).tags.delete(tag),
  };
}
