import { createImageStore, type ImageStore } from './image-store.ts';
import { createLibrary, type Library } from './oci-library.ts';
import { createShelf, type Shelf } from './oci-shelf.ts';
import { createOciStore, type OciStore } from './oci-store.ts';
import { createRegistryTokens, type RegistryTokens } from './oci-tokens.ts';
import { createRepositoryStore, type RepositoryStore } from './repository-store.ts';
import type { HuaweiCredential, RegistryLogin, Seed, UcloudCredential, UhubLogin } from './seed.ts';
import type { Switches } from './switches.ts';
import { createUhubStore, type UhubStore } from './uhub-store.ts';

/** Keys the fake clouds know; the lists may be added to while running. */
export interface Credentials {
  readonly huawei: HuaweiCredential[];
  readonly ucloud: UcloudCredential[];
  readonly uhubRegistry: UhubLogin[];
  readonly oci: RegistryLogin[];
}

/** Everything the fake clouds remember. Tests and the demo read and drift it directly. */
export interface World extends ImageStore, RepositoryStore, UhubStore, OciStore {
  readonly credentials: Credentials;
  readonly switches: Switches;
  /** Bytes of manifests and blobs, by digest. */
  readonly library: Library;
  /** What the repositories of each registry hold besides tags. */
  readonly shelves: Readonly<Record<'swr' | 'uhub' | 'oci', Shelf>>;
  /** Tokens the registries issued. */
  readonly registryTokens: RegistryTokens;
}

/** A world holding what the seed says. */
export function createWorld(seed: Seed, now: () => number): World {
  const library = createLibrary();
  const shelves = {
    swr: createShelf(library),
    uhub: createShelf(library),
    oci: createShelf(library),
  };
  const defaultProject = seed.credentials.ucloud[0]?.projectId ?? 'org-example';
  const world: World = {
    ...createImageStore(seed.credentials.huawei[0]?.projectId ?? 'project-example'),
    ...createRepositoryStore(shelves.swr, now),
    ...createUhubStore({ defaultProject, shelf: shelves.uhub, now }),
    ...createOciStore(shelves.oci, now),
    credentials: seed.credentials,
    switches: seed.switches,
    library,
    shelves,
    registryTokens: createRegistryTokens(now),
  };
  for (const image of seed.images) world.addImage(image);
  for (const repository of seed.repositories) world.addRepository(repository);
  for (const image of seed.uhub) world.addUhubImage(image);
  for (const repository of seed.oci) world.addOciRepository(repository);
  return world;
}
