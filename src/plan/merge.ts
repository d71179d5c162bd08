import type { Finding } from '../model/plan.ts';
import { allows } from './mode.ts';
import { byText, findingAt, type Need, type Origin, renderOrigin, type Wish } from './wish.ts';

/** What is to become of one name, once all rules of all policies are heard. */
export type Decision = Origin & { readonly tag: string; readonly needs: readonly Need[] } & (
    | { readonly type: 'bind'; readonly value: string; readonly from: string | null }
    | { readonly type: 'absent' }
  );

type Bind = Wish & { readonly want: { readonly type: 'bind' } };

export interface Merged {
  /** One per name, sorted by name. */
  readonly decisions: readonly Decision[];
  readonly findings: readonly Finding[];
}

/** Settles every name by precedence; equal ranks that want different values settle nothing and are reported. */
export function mergeWishes(
  wishes: readonly Wish[],
  current: ReadonlyMap<string, string | null>,
): Merged {
  const byName = Map.groupBy(wishes, ({ tag }) => tag);
  const names = [...byName.keys()].sort(byText);
  const settled = names.map((name) => settle(byName.get(name) ?? [], current));
  return {
    decisions: settled.flatMap(({ decision }) => (decision === null ? [] : [decision])),
    findings: settled.flatMap(({ findings }) => findings),
  };
}

interface Settled {
  readonly decision: Decision | null;
  readonly findings: readonly Finding[];
}

const NOTHING: Settled = { decision: null, findings: [] };

function settle(wishes: readonly Wish[], current: ReadonlyMap<string, string | null>): Settled {
  const blocked = topRank(wishes.filter(({ want }) => want.type === 'block'));
  const heard = wishes.filter(({ rank }) => rank > blocked);
  const binds = heard.filter(isBind);
  if (binds.length > 0) return settleBinds(binds, current);
  if (blocked >= 0 || heard.some(({ want }) => want.type === 'hold')) return NOTHING;
  return { decision: absentDecision(heard), findings: [] };
}

function topRank(wishes: readonly Wish[]): number {
  return Math.max(-1, ...wishes.map(({ rank }) => rank));
}

function isBind(candidate: Wish): candidate is Bind {
  return candidate.want.type === 'bind';
}

function settleBinds(binds: readonly Bind[], current: ReadonlyMap<string, string | null>): Settled {
  const rank = topRank(binds);
  const top = binds.filter((bind) => bind.rank === rank);
  const [first, ...others] = top;
  const rival = others.find(({ want }) => want.value !== first?.want.value);
  if (first === undefined) return NOTHING;
  if (rival !== undefined) return { decision: null, findings: [conflict(first, rival)] };

  // A policy that only observes must not take the operation from one that may write.
  const change = { type: 'bind', free: !current.has(first.tag) } as const;
  const chosen = top.find(({ mode }) => allows(mode, change)) ?? first;
  const needs = top.flatMap((bind) => bind.needs);
  return { decision: { ...originPart(chosen), ...chosen.want, needs }, findings: [] };
}

function conflict(first: Bind, rival: Bind): Finding {
  const wants = [first, rival].map((bind) => `${renderOrigin(bind)} wants "${bind.want.value}"`);
  return findingAt(
    first,
    'error',
    `Cannot settle "${first.tag}": ${wants.join(', ')}; nothing is written until one of them gives way`,
  );
}

function absentDecision(wishes: readonly Wish[]): Decision | null {
  const rank = topRank(wishes);
  const top = wishes.filter((candidate) => candidate.rank === rank);
  const chosen = top.find(({ mode }) => allows(mode, { type: 'absent' })) ?? top[0];
  if (chosen === undefined) return null;
  return { ...originPart(chosen), type: 'absent', needs: chosen.needs };
}

function originPart({
  tag,
  policy,
  mode,
  rule,
  position,
  because,
}: Wish): Origin & { tag: string } {
  return { tag, policy, mode, rule, position, because };
}
