import type { Finding } from '../model/plan.ts';
import type { Current, PlacedTag } from './listed-tags.ts';
import { allows } from './mode.ts';
import {
  type Bound,
  byText,
  findingAt,
  type Need,
  type Origin,
  renderOrigin,
  type Wish,
} from './wish.ts';

/** What is to become of one name, once all rules of all policies are heard. */
export type Decision = {
  /** The rule that decided. */
  readonly origin: Origin;
  readonly tag: string;
  /** The tag as it is listed; null: the name is free. */
  readonly listed: PlacedTag | null;
  readonly needs: readonly Need[];
} & (Bound | { readonly type: 'absent' });

type Bind = Wish & { readonly want: Bound };

export interface Merged {
  /** At most one per name, sorted by name. */
  readonly decisions: readonly Decision[];
  readonly findings: readonly Finding[];
}

/** Settles every name by precedence; equal ranks that want different values settle nothing and are reported. */
export function mergeWishes(wishes: readonly Wish[], current: Current): Merged {
  const unsettled: (readonly Wish[])[] = [];
  const decisions: Decision[] = [];
  const findings: Finding[] = [];
  for (const all of contested(wishes, current)) {
    if (!all.some(isMoreThanRemoval)) {
      unsettled.push(all);
      continue;
    }
    const heard = unblocked(all);
    const binds = highest(bindsOf(heard));
    const [bind] = binds;
    if (bind === undefined) {
      unsettled.push(heard);
      continue;
    }
    const rival = rivalOf(bind, binds);
    if (rival === null) decisions.push(settleBinds(bind, binds, current));
    else findings.push(conflict(bind, rival));
  }
  // What holds a name only while another one stays can be told once it is known what moves.
  const moves = unsettled.length === 0 ? NO_MOVES : new Map(decisions.map(byItsName));
  for (const heard of unsettled) {
    const removal = settleRemoval(heard, moves, current);
    if (removal !== null) decisions.push(removal);
  }
  return { decisions: inOrder(decisions), findings };
}

const NO_MOVES: ReadonlyMap<string, Decision> = new Map();

function byItsName(decision: Decision): [string, Decision] {
  return [decision.tag, decision];
}

/** Most lists are in order already, and to see that takes no copy of them. */
function inOrder(decisions: Decision[]): readonly Decision[] {
  let before: Decision | null = null;
  for (const decision of decisions) {
    if (before !== null && byTag(before, decision) > 0) return decisions.sort(byTag);
    before = decision;
  }
  return decisions;
}

/** By name; listed names are in order already and do not have to be read again. */
function byTag(left: Decision, right: Decision): number {
  return left.listed === null || right.listed === null
    ? byText(left.tag, right.tag)
    : left.listed.place - right.listed.place;
}

/** All that is heard about each name of which anything but staying is wished; what holds it comes last. */
function contested(wishes: readonly Wish[], current: Current): readonly (readonly Wish[])[] {
  const all: Wish[][] = [];
  // A list by place takes no hashing, and most names are listed ones.
  const listed = Array.from<Wish[] | undefined>({ length: current.size });
  const free = new Map<string, Wish[]>();
  for (const one of wishes) {
    if (one.want.type === 'hold') continue;
    const place = listedAs(one, current)?.place ?? null;
    const heard = place === null ? free.get(one.tag) : listed[place];
    if (heard !== undefined) {
      heard.push(one);
      continue;
    }
    const first = [one];
    all.push(first);
    if (place === null) free.set(one.tag, first);
    else listed[place] = first;
  }
  if (all.length === 0) return all;
  for (const one of wishes) {
    if (one.want.type !== 'hold') continue;
    const place = listedAs(one, current)?.place ?? null;
    (place === null ? free.get(one.tag) : listed[place])?.push(one);
  }
  return all;
}

/** Null: the name is free. */
function listedAs({ listed, tag }: Wish, current: Current): PlacedTag | null {
  return listed ?? current.get(tag) ?? null;
}

function isMoreThanRemoval({ want }: Wish): boolean {
  return want.type === 'bind' || want.type === 'block';
}

/** The wishes that a rule which could not be evaluated leaves standing. */
function unblocked(wishes: readonly Wish[]): readonly Wish[] {
  if (!wishes.some(isBlock)) return wishes;
  const blocked = topRank(wishes.filter(isBlock));
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

function isBlock({ want }: Wish): boolean {
  return want.type === 'block';
}

/** Most names are wanted by one rule and no other; they take no list of their own. */
function bindsOf(wishes: readonly Wish[]): readonly Bind[] {
  return wishes.every(isBind) ? wishes : wishes.filter(isBind);
}

function isBind(candidate: Wish): candidate is Bind {
  return candidate.want.type === 'bind';
}

/** The highest of those that want the name gone, and of those the first whose policy may remove it. */
function removalOf(heard: readonly Wish[]): Wish | null {
  let chosen: Wish | null = null;
  for (const one of heard) {
    if (one.want.type === 'absent' && (chosen === null || outdoes(one, chosen))) chosen = one;
  }
  return chosen;
}

function outdoes(one: Wish, chosen: Wish): boolean {
  if (one.rank !== chosen.rank) return one.rank > chosen.rank;
  return mayRemove(one) && !mayRemove(chosen);
}

function mayRemove({ origin }: Wish): boolean {
  return allows(origin.mode, { type: 'absent' });
}

/** Absent is only ever wished for names that are there. */
function settleRemoval(
  heard: readonly Wish[],
  moves: ReadonlyMap<string, Decision>,
  current: Current,
): Decision | null {
  const chosen = removalOf(heard);
  if (chosen === null) return null;
  let { needs } = chosen;
  for (const { want } of heard) {
    if (want.type !== 'hold') continue;
    const need = releasedBy(want.of, moves);
    if (need === null) return null;
    needs = [...needs, need];
  }
  const { origin, tag } = chosen;
  return { origin, tag, listed: listedAs(chosen, current), type: 'absent', needs };
}

/** What has to come true before a hold gives way; null: it does not. */
function releasedBy(of: Need | null, moves: ReadonlyMap<string, Decision>): Need | null {
  const move = of === null ? undefined : moves.get(of.tag);
  if (move === undefined || move.type !== 'bind' || move.value === move.listed?.value) return null;
  return { tag: move.tag, value: move.value };
}

/** The first that wants another value; null: all want the same. */
function rivalOf({ want }: Bind, binds: readonly Bind[]): Bind | null {
  for (const other of binds) if (other.want.value !== want.value) return other;
  return null;
}

function settleBinds(first: Bind, all: readonly Bind[], current: Current): Decision {
  const listed = listedAs(first, current);
  if (all.length === 1) return decided(first, listed, first.needs);
  // A policy that only observes must not take the operation from one that may write.
  const change = { type: 'bind', free: listed === null } as const;
  const chosen = all.find(({ origin }) => allows(origin.mode, change)) ?? first;
  const needs = all.flatMap((bind) => bind.needs);
  return decided(chosen, listed, needs);
}

function decided(
  { origin, tag, want }: Bind,
  listed: PlacedTag | null,
  needs: readonly Need[],
): Decision {
  return { ...want, origin, tag, listed, needs };
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
