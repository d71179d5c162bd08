import { globMatcher } from '../../model/glob.ts';
import type { Pause } from '../../model/pause.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { TargetHolds } from '../../report/conditions.ts';
import type { Deployment } from './deployment.ts';

/** The pauses in force, those of the configuration included. */
export async function allPauses({
  store,
  configuredPauses,
}: Deployment): Promise<readonly Pause[]> {
  return [...(await store.pauses()), ...configuredPauses()];
}

/** What holds single targets back, read once for many. */
export async function readHolds(deployment: Deployment): Promise<(target: Target) => TargetHolds> {
  const { store, now } = deployment;
  const [pauses, quarantined] = await Promise.all([
    allPauses(deployment),
    store.quarantined(now()),
  ]);
  const until = new Map(quarantined.map((one) => [targetKey(one.target), one.until]));
  const scoped = pauses.flatMap((pause) => {
    const holds = matcherOf(pause);
    return holds === null ? [] : [{ pause, holds }];
  });
  return (target) => {
    const key = targetKey(target);
    return {
      pauses: scoped.filter(({ holds }) => holds(key)).map(({ pause }) => pause),
      quarantinedUntil: until.get(key) ?? null,
    };
  };
}

/** Null: it holds some operations of a target, not the target. */
function matcherOf({ scope }: Pause): ((key: string) => boolean) | null {
  if (scope.type === 'all') return () => true;
  if (scope.type !== 'targets') return null;
  try {
    return globMatcher([scope.glob]);
  } catch {
    // A pause nobody can read holds everything.
    return () => true;
  }
}
