import {
  type FleetSize,
  fleetPolicies,
  imageId,
  repositoryName,
} from '../../test/support/fleet.ts';
import { KEYS } from '../../test/support/workspace.ts';

/** How many targets of each kind. */
export interface BenchFleet extends FleetSize {
  /** Images at UHub. */
  readonly hub: number;
  /** Tags of one repository of a registry. */
  readonly registryTags: number;
}

/** A fleet in which everything is as the policies below want it. */
export function inSyncSeed({ images, repositories, hub, registryTags }: BenchFleet): unknown {
  return {
    credentials: {
      huawei: [{ accessKey: KEYS.accessKey, secretKey: KEYS.secretKey, projectId: KEYS.projectId }],
      ucloud: [{ publicKey: KEYS.publicKey, privateKey: KEYS.privateKey }],
    },
    images: Array.from({ length: images }, (_, index) => ({
      id: imageId(index),
      name: `golden-${index}`,
      tags: { owner: 'platform', stage: 'prod', note: `n${index}`, _sys: 'keep' },
    })),
    repositories: Array.from({ length: repositories }, (_, index) => ({
      name: repositoryName(index),
      tags: {
        'v1.0.0': { digest: `r${index} v1.0.0`, ageDays: 90 },
        'v1.2.0': { digest: `r${index} v1.2.0`, ageDays: 10 },
        stable: { digest: `r${index} v1.2.0`, ageDays: 10 },
        released: { digest: `r${index} v1.2.0`, ageDays: 10 },
        'ci-2': { digest: `r${index} ci-2`, ageDays: 1 },
      },
    })),
    uhub: Array.from({ length: hub }, (_, index) => ({
      repo: 'shop',
      image: `app-${index}`,
      tags: { 'v1.0.0': { digest: `h${index}`, ageDays: 90 } },
    })),
    oci: registryTags === 0 ? [] : [{ name: 'shop/web', tags: tagsOfBuilds(registryTags) }],
  };
}

/** A tenth of them releases, every build with an image of its own. */
function tagsOfBuilds(count: number): unknown {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const name = index % 10 === 0 ? `1.${index / 10}.0` : `ci-${index}`;
      return [name, { digest: `build ${index}`, image: { ageDays: index % 400 } }];
    }),
  );
}

/** What discovery knows of an image of the fleet. */
export function attributesOf(index: number): Readonly<Record<string, string>> {
  return {
    id: imageId(index),
    name: `golden-${index}`,
    visibility: 'private',
    status: 'active',
    osType: 'Linux',
    osBit: '64',
    osVersion: 'Debian GNU/Linux 12 64bit',
    platform: 'Debian',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    minDisk: '40',
  };
}

/** Retention at UHub, whose targets every sweep visits one by one. */
export const HUB_POLICY = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: hub }
spec:
  mode: sync
  interval: 24h
  targets: [{ account: hub, repositories: ["shop/*"] }]
  retain: [{ name: old-ci, action: delete, pattern: "ci-.*", olderThan: 30d }]
`;

/** Nothing else is asked of the clouds, so that their calls tell what became of the images. */
export const IMAGES_ONLY = { 'images.yaml': fleetPolicies('24h')['images.yaml'] ?? '' };

/** Rules that go by the tags alone, so that a repository of which the list tells no change needs no pass. */
export const REPOSITORIES_POLICY = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: repositories }
spec:
  mode: sync
  interval: 24h
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  copies: [{ from: v1.2.0, to: released, override: false }]
  channels: [{ tag: stable, select: { semver: ">=1.0.0" } }]
`;

/** Rules by build time, for which a pass has to read every manifest of a registry once; nothing is written. */
export const REGISTRY_POLICY = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: registry }
spec:
  mode: observe
  interval: 24h
  targets: [{ account: mirror, repositories: ["shop/web"] }]
  channels:
    - { tag: stable, select: { semver: ">=1.0.0" }, minAge: 7d, ageBy: created }
    - { tag: latest, select: { semver: ">=1.0.0" } }
    - { tag: "{{ major }}", select: { semver: ">=1.0.0" } }
  retain: [{ name: old-ci, action: delete, pattern: "ci-.*", olderThan: 200d, ageBy: created }]
`;

/** One image by its id: an event about it needs no look at its facts. */
export const EVENT_POLICY = `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: images }
spec:
  mode: sync
  interval: 24h
  targets: [{ account: ims-north, images: { ids: [IDS] } }]
  tags:
    ensure: { owner: platform, stage: prod }
  protect: ["_sys*"]
`;
