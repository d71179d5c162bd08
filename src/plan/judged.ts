import type { Operation } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { boundAtMs } from './age.ts';
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
  const aged = new Map(policies.map((policy) => [policy.name, agedRules(policy)]));
  if ([...aged.values()].every(({ size }) => size === 0)) return operations;
  const timeOf = createTimes(now);
  return operations.map((operation) => {
    if (operation.type !== 'delete' || aged.get(operation.policy)?.has(operation.rule) !== true) {
      return operation;
    }
    const tag = current.get(operation.tag);
    return { ...operation, because: operation.because + (tag === undefined ? '' : timeOf(tag)) };
  });
}

/** Paths of the retain rules that ask for an age. */
function agedRules(policy: Policy): ReadonlySet<string> {
  if (policy.kind !== 'ImageTagPolicy') return new Set();
  return new Set(
    policy.retain.flatMap(({ olderThanMs }, index) =>
      olderThanMs === null ? [] : [`retain[${index}]`],
    ),
  );
}

/** Renders `: updated 2026-08-01T00:00:00Z (113 days)`; each part is spelt once, as builds come in tens of thousands. */
function createTimes(now: Date): (tag: ListedTag) => string {
  const dateOf = spelling((day) => new Date(day * DAY_MS).toISOString().slice(0, 11));
  const minuteOf = spelling((minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}:`);
  const secondOf = spelling(two);
  const ageOf = spelling((days) => (days === 1 ? 'Z (1 day)' : `Z (${days} days)`));
  return (tag) => {
    const ms = boundAtMs(tag, now);
    if (ms === null) return '';
    const what = tag.updatedAt === null ? ': created ' : ': updated ';
    const day = Math.floor(ms / DAY_MS);
    const seconds = Math.floor((ms - day * DAY_MS) / 1_000);
    const clock = minuteOf(Math.floor(seconds / 60)) + secondOf(seconds % 60);
    return what + dateOf(day) + clock + ageOf(Math.floor((now.getTime() - ms) / DAY_MS));
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
