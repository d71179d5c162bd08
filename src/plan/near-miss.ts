import type { RetainRule } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { renderDuration } from '../policy/duration.ts';
import { ageStartMs, isOlderThan } from './age.ts';
import { rangeTest } from './range-test.ts';
import { createReading, type Reading } from './reading.ts';
import type { Scene } from './scene.ts';

/** A retain rule that almost matched a tag, and what was missing. */
export interface NearMiss {
  readonly policy: string;
  readonly rule: string;
  readonly why: string;
}

interface Judged extends NearMiss {
  readonly met: number;
  readonly failed: number;
}

/** Of the retain rules the one that came closest to a tag none of them matched; null: none has a condition it meets. */
export function nearMissOf(tag: ListedTag, scene: Scene): NearMiss | null {
  const means = { tag, reading: createReading(), now: scene.now };
  const judged = scene.policies
    .filter((policy) => policy.kind === 'ImageTagPolicy')
    .flatMap(({ name, retain }) =>
      retain.map((rule, index) => judge(rule, `retain[${index}]`, { ...means, policy: name })),
    )
    .filter(({ met }) => met > 0)
    .toSorted((one, other) => one.failed - other.failed || other.met - one.met);
  const [nearest] = judged;
  if (nearest === undefined) return null;
  const { policy, rule, why } = nearest;
  return { policy, rule, why };
}

interface Means {
  readonly tag: ListedTag;
  readonly reading: Reading;
  readonly now: Date;
}

function judge(
  rule: RetainRule,
  path: string,
  { policy, ...means }: Means & { readonly policy: string },
): Judged {
  const answers = conditionsOf(rule, means);
  const reasons = answers.filter((answer) => answer !== null);
  const counted = `it is not among the ${rule.newest} newest`;
  // A rule whose conditions all hold did not match because of its count.
  const failed = reasons.length === 0 ? [counted] : reasons;
  return {
    policy,
    rule: path,
    why: failed.join(', and '),
    met: answers.length - reasons.length + (rule.newest !== null && reasons.length === 0 ? 1 : 0),
    failed: failed.length,
  };
}

/** For each condition of the rule null when the tag meets it, else what is missing. */
function conditionsOf(
  { pattern, semver, olderThanMs, ageBy: by }: RetainRule,
  { tag, reading, now }: Means,
): readonly (string | null)[] {
  const answers: (string | null)[] = [];
  if (pattern !== null) {
    const matches = reading.pattern(pattern).matches(tag.name);
    answers.push(matches ? null : `wants a name that matches ${pattern}`);
  }
  if (semver !== null) {
    const version = reading.version(tag.name);
    const inRange = rangeTest({ range: semver, prerelease: false });
    const holds = version !== null && inRange(version);
    answers.push(holds ? null : `wants a version in ${semver}`);
  }
  if (olderThanMs !== null) {
    const holds = isOlderThan(tag, { ms: olderThanMs, by }, now);
    const age = ageOf(ageStartMs(tag, by, now), now);
    answers.push(holds ? null : `wants ${renderDuration(olderThanMs)}, it is ${age}`);
  }
  return answers;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** Whole units of the largest kind, rounded down: never as old as what is wanted. */
function ageOf(startMs: number | null, now: Date): string {
  if (startMs === null) return 'of unknown age';
  const ageMs = now.getTime() - startMs;
  const unit = UNITS.find(([, sizeMs]) => ageMs >= sizeMs);
  return unit === undefined ? 'younger than 1m' : `${Math.floor(ageMs / unit[1])}${unit[0]}`;
}
