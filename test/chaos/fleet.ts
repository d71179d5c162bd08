import { isDeepStrictEqual } from 'node:util';
import type { World } from '../../src/simulator/world.ts';
import { KEYS } from '../support/workspace.ts';

/** How many targets of each kind; every one needs four writes. */
export interface FleetSize {
  readonly images: number;
  readonly repositories: number;
}

export const WRITES_PER_TARGET = 4;

/** Half images, half repositories. */
export function fleetOf(targets: number): FleetSize {
  const images = Math.ceil(targets / 2);
  return { images, repositories: targets - images };
}

export function targetsOf({ images, repositories }: FleetSize): number {
  return images + repositories;
}

/** Images that lack two tags, misstate one and carry one too many; repositories to copy to, move in and clean. */
export function fleetSeed({ images, repositories }: FleetSize): unknown {
  return {
    credentials: {
      huawei: [{ accessKey: KEYS.accessKey, secretKey: KEYS.secretKey, projectId: KEYS.projectId }],
    },
    images: times(images, (index) => ({
      id: imageId(index),
      name: `golden-${index}`,
      tags: { stage: 'dev', note: `n${index}`, 'tmp-build': 'x', _sys: 'keep' },
    })),
    repositories: times(repositories, (index) => ({
      name: repositoryName(index),
      tags: {
        'v1.0.0': { digest: `r${index} v1.0.0`, ageDays: 90 },
        'v1.2.0': { digest: `r${index} v1.2.0`, ageDays: 10 },
        stable: { digest: `r${index} v1.0.0`, ageDays: 90 },
        'ci-1': { digest: `r${index} ci-1`, ageDays: 60 },
        'ci-2': { digest: `r${index} ci-2`, ageDays: 1 },
      },
    })),
  };
}

export function imageId(index: number): string {
  return `67e17426-359e-49fb-aa12-${String(index).padStart(12, '0')}`;
}

export function repositoryName(index: number): string {
  return `shop/app-${index}`;
}

/** Images: two adds, a re-binding, a delete. Repositories: two copies and a channel's move, a delete. */
export function fleetPolicies(interval: string): Readonly<Record<string, string>> {
  return {
    'images.yaml': `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: images }
spec:
  mode: sync
  interval: ${interval}
  targets: [{ account: ims-north, images: { name: "golden-*" } }]
  tags:
    ensure: { owner: platform, tier: gold, stage: prod }
    remove: ["tmp-*"]
  protect: ["_sys*"]
`,
    'repositories.yaml': `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: repositories }
spec:
  mode: sync
  interval: ${interval}
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  copies:
    - { from: v1.2.0, to: released, override: false }
    - { from: v1.0.0, to: oldest, override: false }
  channels: [{ tag: stable, select: { semver: ">=1.0.0" } }]
  retain: [{ name: old-ci, action: delete, pattern: "ci-.*", olderThan: 30d }]
`,
  };
}

/** A write the policies and the seed call for: `target key` and the value it leaves; null: none. */
export type Justified = ReadonlyMap<string, string | null>;

/** Worked out from the seed alone, so that the planner under test is not its own judge. */
export function justifiedWrites(world: World, size: FleetSize): Justified {
  const writes = new Map<string, string | null>();
  for (const id of times(size.images, imageId)) {
    for (const [key, value] of Object.entries(IMAGE_WRITES)) writes.set(writeKey(id, key), value);
  }
  for (const name of times(size.repositories, repositoryName)) {
    const tags = world.repositoryTags(name);
    const latest = tags['v1.2.0'] ?? null;
    writes.set(writeKey(name, 'released'), latest);
    writes.set(writeKey(name, 'stable'), latest);
    writes.set(writeKey(name, 'oldest'), tags['v1.0.0'] ?? null);
    writes.set(writeKey(name, 'ci-1'), null);
  }
  return writes;
}

const IMAGE_WRITES = { owner: 'platform', tier: 'gold', stage: 'prod', 'tmp-build': null } as const;
const REPOSITORY_TAGS = new Set(['ci-2', 'oldest', 'released', 'stable', 'v1.0.0', 'v1.2.0']);

export function writeKey(target: string, key: string): string {
  return `${target} ${key}`;
}

/** Targets whose state is not what the policies say. */
export function outOfPlace(world: World, { images, repositories }: FleetSize): string[] {
  return [
    ...times(images, (index) => index)
      .filter((index) => !imageIsRight(world, index))
      .map(imageId),
    ...times(repositories, repositoryName).filter((name) => !repositoryIsRight(world, name)),
  ];
}

function imageIsRight(world: World, index: number): boolean {
  const { 'tmp-build': _gone, ...written } = IMAGE_WRITES;
  const wanted = { note: `n${index}`, _sys: 'keep', ...written };
  return isDeepStrictEqual({ ...world.imageTags(imageId(index)) }, wanted);
}

function repositoryIsRight(world: World, name: string): boolean {
  const tags = world.repositoryTags(name);
  const latest = tags['v1.2.0'];
  return (
    isDeepStrictEqual(new Set(Object.keys(tags)), REPOSITORY_TAGS) &&
    tags['stable'] === latest &&
    tags['released'] === latest &&
    tags['oldest'] === tags['v1.0.0']
  );
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
