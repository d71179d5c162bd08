import { isDeepStrictEqual } from 'node:util';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { KEYS } from './workspace.ts';

/** How many targets of each kind. */
export interface FleetSize {
  readonly images: number;
  readonly repositories: number;
}

/** Images that lack, misstate and overfill tags; repositories whose `stable` is wrong and whose CI tags are old. */
export function fleetSeed({ images, repositories }: FleetSize): unknown {
  return {
    credentials: {
      huawei: [{ accessKey: KEYS.accessKey, secretKey: KEYS.secretKey, projectId: KEYS.projectId }],
      ucloud: [{ publicKey: KEYS.publicKey, privateKey: KEYS.privateKey }],
    },
    images: Array.from({ length: images }, (_, index) => ({
      id: imageId(index),
      name: `golden-${index}`,
      tags: { stage: 'dev', note: `n${index}`, 'tmp-build': 'x', _sys: 'keep' },
    })),
    repositories: Array.from({ length: repositories }, (_, index) => ({
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

/** Policies under which every target of the fleet needs three writes. */
export function fleetPolicies(interval = '30m'): Readonly<Record<string, string>> {
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
    ensure: { owner: platform, stage: prod }
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
  copies: [{ from: v1.2.0, to: released, override: false }]
  channels: [{ tag: stable, select: { semver: ">=1.0.0" } }]
  retain: [{ name: old-ci, action: delete, pattern: "ci-.*", olderThan: 30d }]
`,
  };
}

const REPOSITORY_TAGS = new Set(['ci-2', 'released', 'stable', 'v1.0.0', 'v1.2.0']);

/** Targets whose state is not what the policies above say, worked out from the seed alone. */
export function outOfPlace({ world }: Simulator, { images, repositories }: FleetSize): string[] {
  const wrong: string[] = [];
  for (let index = 0; index < images; index += 1) {
    const wanted = { stage: 'prod', note: `n${index}`, _sys: 'keep', owner: 'platform' };
    if (!equal(world.imageTags(imageId(index)), wanted)) wrong.push(imageId(index));
  }
  for (let index = 0; index < repositories; index += 1) {
    const tags = world.repositoryTags(repositoryName(index));
    const released = tags['v1.2.0'];
    const good =
      isDeepStrictEqual(new Set(Object.keys(tags)), REPOSITORY_TAGS) &&
      tags['stable'] === released &&
      tags['released'] === released;
    if (!good) wrong.push(repositoryName(index));
  }
  return wrong;
}

function equal(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>) {
  return isDeepStrictEqual({ ...left }, { ...right });
}

/** `target operation tag` of a write, the form in which plans and journal are compared. */
export function writeKey({ target, operation, key }: JournalEntry): string {
  return `${target} ${operation} ${key ?? ''}`;
}

/** Polls until the condition holds; rejects with what `describe` says when time is up. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  describe: () => string,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > timeoutMs)
      throw new Error(`not within ${timeoutMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - startedAt;
}
