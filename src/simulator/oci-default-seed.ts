import type { OciSeed, TagSeed } from './seed.ts';

const BOTH = ['linux/amd64', 'linux/arm64/v8'];

/** The plain registry of the demo: releases for two platforms, a signed one, builds that pile up. */
export const OCI_REPOSITORIES: OciSeed[] = [
  {
    name: 'team/app',
    tags: {
      '1.0.0': release('team-app 1.0.0', 120),
      '1.1.0': release('team-app 1.1.0', 60),
      '1.2.0': release('team-app 1.2.0', 10, ['referrers', 'fallback', 'tag']),
      latest: release('team-app 1.1.0', 60),
      ...Object.fromEntries(
        [1, 8, 20, 33, 45, 90].map((ageDays) => [
          `ci-${1_000 - ageDays}`,
          { digest: `team-app build ${ageDays}`, image: { ageDays } },
        ]),
      ),
    },
  },
  {
    name: 'team/base/debian',
    tags: { '12.6': release('team-debian 12.6', 80), '12.7': release('team-debian 12.7', 5) },
  },
  { name: 'mirror/app' },
];

function release(
  digest: string,
  ageDays: number,
  signed: ('referrers' | 'fallback' | 'tag')[] = [],
): TagSeed {
  return { digest, image: { ageDays, platforms: BOTH, signed } };
}
