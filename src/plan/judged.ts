import type { Operation } from '../model/plan.ts';
import type { AgeBy, Policy } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { ageStartMs, ageWord } from './age.ts';
import type { Scene } from './scene.ts';

const DAY_MS = 86_400_000;

/**
 * Adds to each delete that an age decided the time it was judged by. Made after the digest, which stands for what is
 * done, and must not change with the clock.
 */
export function withTimes(
  operations: readonly Operation[],
  { policies, current, now }: Pick<Scene, 'policies' | 'current' | 'now'>,
): readonly Operation[] {
  if (operations.length === 0) return operations;
  const aged = new Map(policies.map((policy) => [policy.name, agedRules(policy)]));
  if ([...aged.values()].every(({ size }) => size === 0)) return operations;
  const timeOf = createTimes(now);
  return operations.map((operation) => {
    if (operation.type !== 'delete') return operation;
    const by = aged.get(operation.policy)?.get(operation.rule);
    const listed = by === undefined ? undefined : current.get(operation.tag);
    if (by === undefined || listed === undefined) return operation;
    const { type, tag, policy, rule, mode, replaces, makesRoomFor } = operation;
    const because = operation.because + timeOf(listed, by);
    // Written out: to spread tens of thousands takes several times as long.
    return { type, tag, policy, rule, mode, because, replaces, makesRoomFor };
  });
}

/** Paths of the retain rules that ask for an age, and what it is counted from. */
function agedRules(policy: Policy): ReadonlyMap<string, AgeBy> {
  if (policy.kind !== 'ImageTagPolicy') return new Map();
  return new Map(
    policy.retain.flatMap(({ olderThanMs, ageBy }, index) =>
      olderThanMs === null ? [] : [[`retain[${index}]`, ageBy] as const],
    ),
  );
}

/** Renders `: updated 2026-08-01T00:00:00Z (113 days)`; each part is spelt once, as builds come in tens of thousands. */
function createTimes(now: Date): (tag: ListedTag, by: AgeBy) => string {
  const nowMs = now.getTime();
  const dateOf = spelling((day) => new Date(day * DAY_MS).toISOString().slice(0, 11));
  const minuteOf = spelling((minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}:`);
  const secondOf = spelling(two);
  const ageOf = spelling((days) => (days === 1 ? 'Z (1 day)' : `Z (${days} days)`));
  return (tag, by) => {
    const ms = ageStartMs(tag, by, now);
    if (ms === null) return '';
    const what = `: ${ageWord(tag, by)} `;
    const day = Math.floor(ms / DAY_MS);
    const seconds = Math.floor((ms - day * DAY_MS) / 1_000);
    const clock = minuteOf(Math.floor(seconds / 60)) + secondOf(seconds % 60);
    return what + dateOf(day) + clock + ageOf(Math.floor((nowMs - ms) / DAY_MS));
  };
}

/** Spells each number once. */
function spelling(spell: (count: number) => string): (count: number) => string {
  const known = new Map<number, string>();
  return (count) => {
    let text = known.get(count);
    if (text === undefined) {
      text = spell(count);
      known.set(count, text);
    }
    return text;
  };
}

function two(count: number): string {
  return count < 10 ? `0${count}` : `${count}`;
}
