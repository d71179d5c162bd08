import type { Mode } from '../model/mode.ts';
import type { Finding } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { Position } from '../model/position.ts';
import type { Target } from '../model/target.ts';
import type { PlacedTag } from './listed-tags.ts';

/** The rule that speaks, and why. */
export interface Origin {
  readonly policy: string;
  readonly mode: Mode;
  readonly rule: string;
  readonly position: Position;
  readonly because: string;
}

/**
 * Precedence inside one target. Protect stands above all and is enforced on the finished operations; keep has no
 * number because it contradicts deletes only: a kept name may still be re-bound by a channel.
 */
export const RANK = { assert: 3, adjust: 2, remove: 1, exclusive: 0 } as const;
export type Rank = (typeof RANK)[keyof typeof RANK];

/** A name that must end with this value, or the wish is not to be fulfilled. */
export interface Need {
  readonly tag: string;
  readonly value: string;
}

/** Bind the name; `from` is the tag whose content it takes, null for label text. */
export type Bound =
  | {
      readonly type: 'bind';
      readonly value: string;
      readonly from: string | null;
      readonly source?: undefined;
    }
  /** The tag is one of another repository. */
  | {
      readonly type: 'bind';
      readonly value: string;
      readonly from: string;
      readonly source: Target;
      readonly referrers: boolean;
    };

export type Want =
  | Bound
  | { readonly type: 'absent' }
  /** Must not be deleted; no opinion on its value. `of`: only while that name keeps that value. */
  | { readonly type: 'hold'; readonly of: Need | null }
  /** The rule could not be evaluated: nothing of its rank or below may happen to the name. */
  | { readonly type: 'block' };

/** The wants that carry nothing else; shared, as a large repository has one for every tag and rule. */
export const HOLD: Want = { type: 'hold', of: null };
export const ABSENT: Want = { type: 'absent' };
export const BLOCK: Want = { type: 'block' };

/** What one rule wants for one name. */
export interface Wish {
  readonly origin: Origin;
  readonly tag: string;
  /** The tag of this name; null: not looked up. */
  readonly listed: PlacedTag | null;
  readonly rank: Rank;
  readonly want: Want;
  readonly needs: readonly Need[];
}

/** What the rules of a target come to. */
export interface Wishes {
  readonly wishes: readonly Wish[];
  readonly findings: readonly Finding[];
}

/** Of rules that have nothing to say. */
export const NO_WISHES: Wishes = { wishes: [], findings: [] };

/** The origin of one rule of a policy. */
export function originOf(
  policy: Pick<Policy, 'name' | 'mode' | 'position' | 'positions'>,
  rule: string,
  because: string,
): Origin {
  const position = policy.positions[rule] ?? policy.position;
  return { policy: policy.name, mode: policy.mode, rule, position, because };
}

const NO_NEEDS: readonly Need[] = [];

/** A wish without conditions. */
export function wish(origin: Origin, tag: string, rank: Rank, want: Want): Wish {
  return { origin, tag, listed: null, rank, want, needs: NO_NEEDS };
}

/** The same for a listed tag. */
export function wishFor(origin: Origin, listed: PlacedTag, rank: Rank, want: Want): Wish {
  return { origin, tag: listed.name, listed, rank, want, needs: NO_NEEDS };
}

/** A finding about one rule. */
export function findingAt(
  origin: Pick<Origin, 'policy' | 'rule'>,
  severity: Finding['severity'],
  message: string,
): Finding {
  return { severity, policy: origin.policy, rule: origin.rule, message };
}

/** `policy "shop" channels[0] (policies/shop.yaml:12)`, as conflicts name a rule. */
export function renderOrigin({ policy, rule, position }: Omit<Origin, 'because' | 'mode'>): string {
  return `policy "${policy}" ${rule} (${position.file}:${position.line})`;
}

/** In code-unit order by a text. Most lists are in order already, and to see that is cheaper than to sort them. */
export function sortedBy<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
): readonly Item[] {
  let before = '';
  for (const item of items) {
    const text = textOf(item);
    if (text < before) return items.toSorted((left, right) => byText(textOf(left), textOf(right)));
    before = text;
  }
  return items;
}

/** Code-unit order, the same on every machine. */
export function byText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
