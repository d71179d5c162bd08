import type { ImageTagPolicy, Policy } from '../model/policy.ts';

/**
 * True when what the policies want of a target follows from its facts and its own tags alone: no rule goes by another
 * target, and none by the clock. Exemptions do end; inForce() tells which of them hold.
 */
export function goesByOwnTags(policies: readonly Policy[]): boolean {
  return policies.every((policy) =>
    policy.kind === 'ResourceTagPolicy'
      ? policy.tags.copyFrom.length === 0
      : policy.promote.length === 0 && !goesByClock(policy),
  );
}

function goesByClock({ channels, retain }: ImageTagPolicy): boolean {
  return (
    channels.some(({ minAgeMs, ageBy }) => minAgeMs > 0 || ageBy === 'first-seen') ||
    retain.some(({ olderThanMs, ageBy }) => olderThanMs !== null || ageBy === 'first-seen')
  );
}

/** Which exemptions of the policies hold, in their order. */
export function inForce(policies: readonly Policy[], now: Date): readonly boolean[] {
  return policies.flatMap(({ exemptions }) =>
    exemptions.map(({ until }) => until.getTime() > now.getTime()),
  );
}
