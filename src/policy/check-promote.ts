import type { Capabilities } from '../model/capabilities.ts';
import { hasWildcard } from '../model/glob.ts';
import type { ImageTagPolicy, Policy, PromotionGoal, RepositorySelector } from '../model/policy.ts';
import {
  type Complaint,
  lacking,
  type NamedAccount,
  type PolicyComplaint,
  refusedNames,
} from './complaint.ts';
import { goalSelectors, isOneRepository } from './promotion.ts';
import { type Overlap, repositoryOverlap } from './selector-overlap.ts';
import { suggest } from './suggest.ts';
import { parseTemplate, templateIsLiteral } from './template.ts';

type Accounts = ReadonlyMap<string, Capabilities> | null;

/** What is wrong with the promotions of a policy. Accounts null: nothing is said about them. */
export function checkPromotions(policy: ImageTagPolicy, accounts: Accounts): readonly Complaint[] {
  return [
    ...goalsOf(policy).flatMap((placed) => [
      ...sharedGoal(policy, placed),
      ...ownTarget(policy, placed),
      ...(accounts === null ? [] : checkGoal(policy, placed, accounts)),
    ]),
    ...(accounts === null ? [] : unreadableSources(policy, accounts)),
  ];
}

interface PlacedGoal {
  readonly goal: PromotionGoal;
  readonly rule: string;
  /** Name of the promoted tags when it is the same for all. */
  readonly tag: string | null;
}

function goalsOf({ promote }: ImageTagPolicy): readonly PlacedGoal[] {
  return promote.flatMap(({ to, tag }, index) =>
    to.map((goal, place) => ({
      goal,
      rule: `promote[${index}].to[${place}]`,
      tag: tag !== null && templateIsLiteral(parseTemplate(tag)) ? tag : null,
    })),
  );
}

function sharedGoal({ targets }: ImageTagPolicy, { goal, rule }: PlacedGoal): Complaint[] {
  const glob = targets.flatMap(({ repositories }) => repositories).find(hasWildcard);
  if (!isOneRepository(goal) || glob === undefined) return [];
  const message = `All repositories that "${glob}" matches would be promoted to "${goal.repository}"`;
  const expected = '{{ repository }} in the path, or targets without wildcards';
  return [{ rule, problem: { code: 'contradiction', message, expected } }];
}

function overlapOf(
  from: readonly RepositorySelector[],
  to: readonly RepositorySelector[],
): Overlap {
  const overlaps = from.flatMap((one) => to.map((other) => repositoryOverlap(one, other)));
  if (overlaps.includes('sure')) return 'sure';
  return overlaps.includes('possible') ? 'possible' : 'none';
}

function ownTarget(policy: ImageTagPolicy, { goal, rule }: PlacedGoal): Complaint[] {
  const overlap = overlapOf(goalSelectors(policy, goal), policy.targets);
  if (overlap === 'none') return [];
  const message = `"${goal.repository}" is a target of this policy, so nothing is promoted to it`;
  const expected = 'a path that targets does not match, or exclude it there';
  const severity = overlap === 'sure' ? 'error' : 'warning';
  return [{ rule, problem: { code: 'never-settles', severity, message, expected } }];
}

function checkGoal(
  { targets }: ImageTagPolicy,
  { goal, rule, tag }: PlacedGoal,
  accounts: ReadonlyMap<string, Capabilities>,
): readonly Complaint[] {
  if (goal.account !== null && !accounts.has(goal.account)) {
    const known = [...accounts.keys()];
    const message = `Account "${goal.account}" is not configured`;
    const expected = `one of ${known.join(', ')}`;
    const suggestion = suggest(goal.account, known);
    return [{ rule, problem: { code: 'unknown-account', message, expected, suggestion } }];
  }
  const names = goal.account === null ? targets.map(({ account }) => account) : [goal.account];
  const named = namedIn(names, accounts);
  const misfits = named.flatMap(({ account, capabilities }): Complaint[] => {
    if (capabilities.kind === 'image') return [];
    const message = `Content cannot be promoted to account "${account}", which has no repositories`;
    return [{ rule, problem: { code: 'wrong-kind', message, expected: 'a registry' } }];
  });
  const registries = named.filter(({ capabilities }) => capabilities.kind === 'image');
  return [
    ...misfits,
    ...lacking([rule], 'promote', registries),
    ...(tag === null ? [] : refusedNames([{ rule, text: tag }], registries)),
  ];
}

function namedIn(
  names: readonly string[],
  accounts: ReadonlyMap<string, Capabilities>,
): readonly NamedAccount[] {
  return [...new Set(names)].flatMap((account) => {
    const capabilities = accounts.get(account);
    return capabilities === undefined ? [] : [{ account, capabilities }];
  });
}

/** Accounts whose content nobody can read. */
function unreadableSources(
  { targets, promote }: ImageTagPolicy,
  accounts: ReadonlyMap<string, Capabilities>,
): readonly Complaint[] {
  const sources = namedIn(
    targets.map(({ account }) => account),
    accounts,
  );
  return sources.flatMap(({ account, capabilities }) => {
    const reason = capabilities.missingContent;
    if (reason === undefined) return [];
    const message = `Content of account "${account}" cannot be promoted: ${reason}`;
    return promote.map((_rule, index) => ({
      rule: `promote[${index}]`,
      problem: { code: 'missing-capability', message } as const,
    }));
  });
}

/** Policies whose promotions come back to where they begin: content, or new repositories, would go round for ever. */
export function checkPromotionCircles(policies: readonly Policy[]): readonly PolicyComplaint[] {
  const promoting = policies
    .filter((policy) => policy.kind === 'ImageTagPolicy')
    .filter(({ suspend, promote }) => !suspend && promote.length > 0);
  return promoting.flatMap((policy) => {
    const circle = wayBack(policy, promoting);
    if (circle === null) return [];
    const message = `Its promotions come back to its own targets by way of ${circle}`;
    const expected = 'targets of which none is a destination further on';
    const problem = { code: 'never-settles', message, expected } as const;
    return [{ policy, complaint: { rule: 'promote', problem } }];
  });
}

/** The first policy on a way back to the start; null: there is no such way. */
function wayBack(start: ImageTagPolicy, all: readonly ImageTagPolicy[]): string | null {
  const nexts = all.filter((next) => next !== start && feeds(start, next));
  const first = nexts.find((next) => reachedFrom(next, all).has(start));
  return first === undefined ? null : `policy "${first.name}"`;
}

function reachedFrom(
  first: ImageTagPolicy,
  all: readonly ImageTagPolicy[],
): ReadonlySet<ImageTagPolicy> {
  const reached = new Set([first]);
  // A set that grows is walked to its new end.
  for (const one of reached) {
    for (const next of all.filter((other) => feeds(one, other))) reached.add(next);
  }
  return reached;
}

function feeds(from: ImageTagPolicy, to: ImageTagPolicy): boolean {
  const goals = from.promote.flatMap((rule) => rule.to);
  return goals.some((goal) => overlapOf(goalSelectors(from, goal), to.targets) !== 'none');
}
