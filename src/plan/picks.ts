import type { PromoteRule } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { admission, type NameTemplate, type Ranker } from './candidates.ts';
import { isOldEnough } from './eligible.ts';
import { platformGap } from './platforms.ts';
import type { Scored } from './select/scored.ts';

/** One tag that is to be brought over. */
export interface Pick {
  /** Name it gets. */
  readonly name: string;
  readonly scored: Scored;
  /** Another candidate for the name that cannot be told apart and has other content; null: there is none. */
  readonly rival: ListedTag | null;
  /** The better candidate for the name that has this content; null: there is none. */
  readonly better: (value: string) => ListedTag | null;
}

export interface Picks {
  readonly picks: readonly Pick[];
  /** All that lie in what the rule selects, whatever their age and platforms. */
  readonly admitted: readonly Scored[];
}

export interface PickInput {
  readonly ranker: Ranker;
  readonly naming: (text: string) => NameTemplate;
  readonly now: Date;
}

/** The tags a promotion chooses: the best ones under their own names, or the best for each rendered name. */
export function picksOf(rule: PromoteRule, { ranker, naming, now }: PickInput): Picks {
  const admitted = ranker(rule).filter(admission(rule.select));
  const eligible = admitted.filter(
    (one) => platformGap(one.tag, rule.requirePlatforms) === null && isOldEnough(one, rule, now),
  );
  const picks =
    rule.tag === null
      ? bestOf(eligible, rule.count).map(ownName)
      : bestOfEach(eligible, admitted, naming(rule.tag));
  return { picks, admitted };
}

/** Those that rank as the last of the best count too: nothing tells them apart. */
function bestOf(eligible: readonly Scored[], count: number | null): readonly Scored[] {
  const sorted = eligible.toSorted((left, right) => right.score - left.score);
  const last = count === null ? undefined : sorted[count - 1];
  return last === undefined ? sorted : sorted.filter(({ score }) => score >= last.score);
}

function ownName(scored: Scored): Pick {
  return { name: scored.tag.name, scored, rival: null, better: () => null };
}

function bestOfEach(
  eligible: readonly Scored[],
  admitted: readonly Scored[],
  template: NameTemplate,
): readonly Pick[] {
  const groups = Map.groupBy(eligible, (scored) => template.render(scored));
  return [...groups].flatMap(([name, group]) =>
    bestOf(group, 1)
      .slice(0, 1)
      .map((scored): Pick => {
        const rival = group.find(
          ({ tag, score }) => score === scored.score && tag.value !== scored.tag.value,
        );
        const better = (value: string): ListedTag | null =>
          admitted.find(
            (one) =>
              one.score > scored.score && one.tag.value === value && template.render(one) === name,
          )?.tag ?? null;
        return { name, scored, rival: rival?.tag ?? null, better };
      }),
  );
}
