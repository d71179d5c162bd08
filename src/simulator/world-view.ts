import type { World } from './world.ts';

/** The tags of every target as plain data, without credentials. */
export function renderWorld(world: World): unknown {
  const images = [...world.images.values()].map(({ id, name, tags }) => ({
    id,
    name,
    tags: Object.fromEntries(tags),
  }));
  const repositories = [...world.repositories.keys()].map((name) => ({
    name,
    tags: world.repositoryTags(name),
  }));
  const uhub = [...world.uhubRepos.values()].flatMap(({ name: repo, images: found }) =>
    [...found.keys()].map((image) => ({ repo, image, tags: world.uhubTags(`${repo}/${image}`) })),
  );
  const oci = [...world.ociRepositories.keys()].map((name) => ({
    name,
    tags: world.ociTags(name),
  }));
  return { images, repositories, uhub, oci, switches: world.switches };
}
