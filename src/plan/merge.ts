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
  const byName = [...Map.groupBy(wishes, ({ tag }) => tag)];
  byName.sort(([left], [right]) => byText(left, right));
  const settled = byName.map(([, heard]) => settle(heard, current));
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

/** Absent is only ever wished for names that are there. */
function settle(wishes: readonly Wish[], current: ReadonlyMap<string, string | null>): Settled {
  const blocked = topRank(wishes.filter(({ want }) => want.type === 'block'));
  const heard = wishes.filter(({ rank }) => rank > blocked);
  const [bind, ...others] = highest(heard.filter(isBind));
  if (bind !== undefined) return settleBinds(bind, others, current);
  const held = heard.some(({ want }) => want.type === 'hold');
  const [removal, ...further] = held ? [] : highest(heard);
  if (removal === undefined) return NOTHING;
  const able = [removal, ...further].find(({ mode }) => allows(mode, { type: 'absent' }));
  const { needs, ...chosen } = able ?? removal;
  return { decision: { ...originPart(chosen), type: 'absent', needs }, findings: [] };
}

function topRank(wishes: readonly Wish[]): number {
  return Math.max(-1, ...wishes.map(({ rank }) => rank));
}

function highest<Some extends Wish>(wishes: readonly Some[]): readonly Some[] {
  const rank = topRank(wishes);
  return wishes.filter((candidate) => candidate.rank === rank);
}

function isBind(candidate: Wish): candidate is Bind {
  return candidate.want.type === 'bind';
}

function settleBinds(
  first: Bind,
  others: readonly Bind[],
  current: ReadonlyMap<string, string | null>,
): Settled {
  const rival = others.find(({ want }) => want.value !== first.want.value);
  if (rival !== undefined) return { decision: null, findings: [conflict(first, rival)] };

  // A policy that only observes must not take the operation from one that may write.
  const change = { type: 'bind', free: !current.has(first.tag) } as const;
  const all = [first, ...others];
  const chosen = all.find(({ mode }) => allows(mode, change)) ?? first;
  const needs = all.flatMap((bind) => bind.needs);
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

function originPart({
  tag,
  policy,
  mode,
  rule,
  position,
  because,
}: Omit<Wish, 'needs'>): Origin & { tag: string } {
  return { tag, policy, mode, rule, position, because };
}
