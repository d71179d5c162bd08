import { createImageStore, type ImageStore } from './image-store.ts';
import { createRepositoryStore, type RepositoryStore } from './repository-store.ts';
import type { HuaweiCredential, Seed, UcloudCredential } from './seed.ts';
import type { Switches } from './switches.ts';
import { createUhubStore, type UhubStore } from './uhub-store.ts';

/** Keys the fake clouds know; both lists may be added to while running. */
export interface Credentials {
  readonly huawei: HuaweiCredential[];
  readonly ucloud: UcloudCredential[];
}

/** Everything the fake clouds remember. Tests and the demo read and drift it directly. */
export interface World extends ImageStore, RepositoryStore, UhubStore {
  readonly credentials: Credentials;
  readonly switches: Switches;
}

/** A world holding what the seed says. */
export function createWorld(seed: Seed, now: () => number): World {
  const world: World = {
    ...createImageStore(seed.credentials.huawei[0]?.projectId ?? 'project-example'),
    ...createRepositoryStore(now),
    ...createUhubStore(seed.credentials.ucloud[0]?.projectId ?? 'org-example', now),
    credentials: seed.credentials,
    switches: seed.switches,
  };
  for (const image of seed.images) world.addImage(image);
  for (const repository of seed.repositories) world.addRepository(repository);
  for (const image of seed.uhub) world.addUhubImage(image);
  return world;
}
