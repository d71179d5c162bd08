import { hasWildcard } from '../model/glob.ts';
import type {
  ImageTagPolicy,
  Policy,
  PolicySet,
  PromoteRule,
  PromotionGoal,
  RepositorySelector,
} from '../model/policy.ts';
import { type Target, targetKey } from '../model/target.ts';
import { selectsRepository } from './repositories.ts';

const PLACEHOLDER = /\{\{ ?repository ?\}\}/;

/** The path content comes from, as a goal says it. */
export const SAME_PATH = '{{ repository }}';

/** True for a goal whose path is that of the source. */
export function isSamePath(repository: string): boolean {
  return repository.replace(PLACEHOLDER, '') === '';
}

/** True for a goal that every source shares. */
export function isOneRepository({ repository }: PromotionGoal): boolean {
  return !PLACEHOLDER.test(repository);
}

/** The goal's path for one source; a glob gives a glob. */
export function goalPath({ repository }: PromotionGoal, source: string): string {
  return repository.replace(PLACEHOLDER, () => source);
}

/** Where a goal may lead, from any target of the policy. */
export function goalSelectors(
  { targets }: ImageTagPolicy,
  goal: PromotionGoal,
): readonly RepositorySelector[] {
  return targets.map(({ account, repositories }) => ({
    account: goal.account ?? account,
    repositories: repositories.map((glob) => goalPath(goal, glob)),
    exclude: [],
  }));
}

/** One rule that brings content from a source to a target. */
export interface Supply {
  readonly rule: PromoteRule;
  /** Path of the rule under `spec`. */
  readonly path: string;
  readonly source: Target;
}

/** Where the rules of a policy get a target's content from; empty: it is no destination of the policy. */
export function suppliesOf(policy: Policy, target: Target): readonly Supply[] {
  if (!promotes(policy) || selects(policy, target)) return [];
  return policy.promote.flatMap((rule, index) => {
    const sources = rule.to.flatMap((goal) => sourcesOf(policy, goal, target));
    return unique(sources).map((source) => ({ rule, path: `promote[${index}]`, source }));
  });
}

/** Repositories a policy brings content of this one to. What the policy itself selects is none, or it would go on for ever. */
export function destinationsOf(policy: Policy, source: Target): readonly Target[] {
  if (!promotes(policy) || !selects(policy, source)) return [];
  const goals = policy.promote.flatMap(({ to }) => to);
  const targets = goals.map((goal) => ({
    account: goal.account ?? source.account,
    path: goalPath(goal, source.path),
  }));
  return unique(targets).filter((target) => !selects(policy, target));
}

/** Repositories that any policy of the set, suspended ones left out, brings content of this one to. */
export function destinationsIn(
  { policies }: Pick<PolicySet, 'policies'>,
  source: Target,
): readonly Target[] {
  return unique(
    policies.filter(({ suspend }) => !suspend).flatMap((policy) => destinationsOf(policy, source)),
  );
}

function promotes(policy: Policy): policy is ImageTagPolicy {
  return policy.kind === 'ImageTagPolicy' && policy.promote.length > 0;
}

/** Whether the policy has rules of its own for the target. */
function selects({ targets }: ImageTagPolicy, target: Target): boolean {
  return targets.some((selector) => selectsRepository(selector, target));
}

function sourcesOf(policy: ImageTagPolicy, goal: PromotionGoal, target: Target): Target[] {
  return policy.targets
    .filter(({ account }) => (goal.account ?? account) === target.account)
    .flatMap(({ account, repositories }) =>
      pathsOf(goal, repositories, target.path).map((path) => ({ account, path })),
    )
    .filter((source) => selects(policy, source));
}

/** Paths a goal may have been rendered from. */
function pathsOf(goal: PromotionGoal, globs: readonly string[], path: string): readonly string[] {
  if (isOneRepository(goal)) {
    return goal.repository === path ? globs.filter((glob) => !hasWildcard(glob)) : [];
  }
  const [before = '', after = ''] = goal.repository.split(PLACEHOLDER);
  const inner = path.slice(before.length, path.length - after.length);
  return inner !== '' && goalPath(goal, inner) === path ? [inner] : [];
}

function unique(targets: readonly Target[]): readonly Target[] {
  return [...new Map(targets.map((target) => [targetKey(target), target])).values()];
}
