import type { Finding } from '../model/plan.ts';
import { allows } from './mode.ts';
import { byText, findingAt, type Need, type Origin, renderOrigin, type Wish } from './wish.ts';

/** What is to become of one name, once all rules of all policies are heard. */
export type Decision = Origin & { readonly tag: string; readonly needs: readonly Need[] } & (
    | { readonly type: 'bind'; readonly value: string; readonly from: string | null }
    | { readonly type: 'absent' }
  );

type Bind = Wish & { readonly want: { readonly type: 'bind' } };
type Current = ReadonlyMap<string, string | null>;

export interface Merged {
  /** At most one per name, sorted by name. */
  readonly decisions: readonly Decision[];
  readonly findings: readonly Finding[];
}

/** Settles every name by precedence; equal ranks that want different values settle nothing and are reported. */
export function mergeWishes(wishes: readonly Wish[], current: Current): Merged {
  const heardOf = contested(wishes);
  const unsettled: { readonly name: string; readonly heard: readonly Wish[] }[] = [];
  const decisions = new Map<string, Decision>();
  const findings: Finding[] = [];
  for (const [name, all] of heardOf) {
    const heard = unblocked(all);
    const [bind, ...others] = highest(heard.filter(isBind));
    if (bind === undefined) {
      unsettled.push({ name, heard });
      continue;
    }
    const rival = others.find(({ want }) => want.value !== bind.want.value);
    if (rival === undefined) decisions.set(name, settleBinds([bind, ...others], current));
    else findings.push(conflict(bind, rival));
  }
  // What holds a name only while another one stays can be told once it is known what moves.
  const moves = new Map(decisions);
  for (const { name, heard } of unsettled) {
    const removal = settleRemoval(heard, moves, current);
    if (removal !== null) decisions.set(name, removal);
  }
  const sorted = [...decisions.values()].sort((left, right) => byText(left.tag, right.tag));
  return { decisions: sorted, findings };
}

/** All that is heard about the names of which anything but staying is wished. */
function contested(wishes: readonly Wish[]): ReadonlyMap<string, readonly Wish[]> {
  const heardOf = new Map<string, Wish[]>();
  for (const { tag, want } of wishes) {
    if (want.type !== 'hold' && !heardOf.has(tag)) heardOf.set(tag, []);
  }
  for (const one of wishes) heardOf.get(one.tag)?.push(one);
  return heardOf;
}

/** The wishes that a rule which could not be evaluated leaves standing. */
function unblocked(wishes: readonly Wish[]): readonly Wish[] {
  const blocks = wishes.filter(({ want }) => want.type === 'block');
  if (blocks.length === 0) return wishes;
  const blocked = topRank(blocks);
  return wishes.filter(({ rank }) => rank > blocked);
}

function topRank(wishes: readonly Wish[]): number {
  return wishes.reduce((top, { rank }) => Math.max(top, rank), -1);
}

function highest<Some extends Wish>(wishes: readonly Some[]): readonly Some[] {
  if (wishes.length < 2) return wishes;
  const rank = topRank(wishes);
  return wishes.filter((candidate) => candidate.rank === rank);
}

function isBind(candidate: Wish): candidate is Bind {
  return candidate.want.type === 'bind';
}

/** Absent is only ever wished for names that are there. */
function settleRemoval(
  heard: readonly Wish[],
  moves: ReadonlyMap<string, Decision>,
  current: Current,
): Decision | null {
  const removals = highest(heard.filter(({ want }) => want.type === 'absent'));
  const chosen =
    removals.find(({ origin }) => allows(origin.mode, { type: 'absent' })) ?? removals[0];
  if (chosen === undefined) return null;
  const released: Need[] = [];
  for (const { want } of heard) {
    if (want.type !== 'hold') continue;
    const need = releasedBy(want.of, moves, current);
    if (need === null) return null;
    released.push(need);
  }
  const { origin, tag, needs } = chosen;
  return { ...origin, tag, type: 'absent', needs: [...needs, ...released] };
}

/** What has to come true before a hold gives way; null: it does not. */
function releasedBy(
  of: Need | null,
  moves: ReadonlyMap<string, Decision>,
  current: Current,
): Need | null {
  const move = of === null ? undefined : moves.get(of.tag);
  if (move === undefined || move.type !== 'bind' || move.value === current.get(move.tag))
    return null;
  return { tag: move.tag, value: move.value };
}

function settleBinds(all: readonly [Bind, ...Bind[]], current: Current): Decision {
  // A policy that only observes must not take the operation from one that may write.
  const [first] = all;
  const change = { type: 'bind', free: !current.has(first.tag) } as const;
  const chosen = all.find(({ origin }) => allows(origin.mode, change)) ?? first;
  const needs = all.flatMap((bind) => bind.needs);
  return { ...chosen.origin, tag: chosen.tag, ...chosen.want, needs };
}

function conflict(first: Bind, rival: Bind): Finding {
  const wants = [first, rival].map(
    ({ origin, want }) => `${renderOrigin(origin)} wants "${want.value}"`,
  );
  return findingAt(
    first.origin,
    'error',
    `Cannot settle "${first.tag}": ${wants.join(', ')}; nothing is written until one of them gives way`,
  );
}
