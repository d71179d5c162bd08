import { memoizeFor } from '../model/memo.ts';
import type { Finding } from '../model/plan.ts';
import type { NormalizeRule, ResourceTagPolicy, Transform } from '../model/policy.ts';
import { type Current, textAt } from './listed-tags.ts';
import {
  BLOCK,
  findingAt,
  NO_WISHES,
  type Origin,
  originOf,
  RANK,
  renderOrigin,
  type Wishes,
  wish,
} from './wish.ts';

interface Normalizer {
  readonly origin: Origin;
  readonly key: string;
  readonly apply: (value: string) => string;
}

/** All normalize rules of a target. */
export interface Normalizers {
  readonly all: readonly Normalizer[];
  /** The value as the rules of the key leave it; null when two rules of the key disagree or it never settles. */
  normalize(key: string, value: string): string | null;
}

/** Leave every value as it is. */
const NONE: Normalizers = { all: [], normalize: (_key, value) => value };

const normalizersIn = memoizeFor((policy: ResourceTagPolicy): readonly Normalizer[] =>
  policy.tags.normalize.map((rule, index) => ({
    origin: originOf(policy, `tags.normalize[${index}]`, ''),
    key: rule.key,
    apply: (value) => normalizeValue(rule, value),
  })),
);

/** Collects the normalize rules of all policies, for the keys they may speak about. */
export function normalizersOf(
  policies: readonly ResourceTagPolicy[],
  isExempt: (policy: string, key: string) => boolean,
): Normalizers {
  const all = policies
    .flatMap(normalizersIn)
    .filter(({ origin, key }) => !isExempt(origin.policy, key));
  if (all.length === 0) return NONE;
  return { all, normalize: (key, value) => settle(rulesFor(all, key), value) };
}

function rulesFor(all: readonly Normalizer[], key: string): readonly Normalizer[] {
  return all.filter((normalizer) => normalizer.key === key);
}

/** A result that its own rule would change again is none: it would be rewritten at every pass. */
function settle(rules: readonly Normalizer[], value: string): string | null {
  const result = rules[0]?.apply(value) ?? value;
  const stable = rules.every(({ apply }) => apply(value) === result && apply(result) === result);
  return stable ? result : null;
}

function normalizeValue({ transforms, map }: NormalizeRule, value: string): string {
  const text = transforms.reduce((rest, name) => TRANSFORM[name](rest), value);
  return new Map(Object.entries(map)).get(text) ?? text;
}

const TRANSFORM = {
  trim: (text) => text.trim(),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
} satisfies Record<Transform, (text: string) => string>;

export interface NormalizeInput {
  readonly normalizers: Normalizers;
  readonly current: Current;
  /** Keys a rename speaks for; it normalizes them itself. */
  readonly skip: ReadonlySet<string>;
}

/** What the normalize rules want for keys that are there. */
export function normalizeWishes({ normalizers, current, skip }: NormalizeInput): Wishes {
  if (normalizers.all.length === 0) return NO_WISHES;
  const keys = [...new Set(normalizers.all.map(({ key }) => key))].filter((key) => !skip.has(key));
  const parts = keys.flatMap((key): Wishes[] => {
    const value = textAt(current, key);
    return value === null ? [] : [normalizeKey(normalizers, key, value)];
  });
  return {
    wishes: parts.flatMap(({ wishes }) => wishes),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

function normalizeKey(normalizers: Normalizers, key: string, value: string): Wishes {
  const rules = rulesFor(normalizers.all, key);
  const result = normalizers.normalize(key, value);
  if (result === null) {
    return {
      wishes: rules.map(({ origin }) => wish(origin, key, RANK.adjust, BLOCK)),
      findings: rules.slice(0, 1).map((rule) => unsettled(rule, rules, value)),
    };
  }
  const because = `"${value}" normalizes to "${result}"`;
  const want = { type: 'bind', value: result, from: null } as const;
  return {
    wishes: rules.map(({ origin }) => wish({ ...origin, because }, key, RANK.adjust, want)),
    findings: [],
  };
}

function unsettled(first: Normalizer, rules: readonly Normalizer[], value: string): Finding {
  const results = rules.map((rule) => {
    const result = rule.apply(value);
    return `${renderOrigin(rule.origin)} gives "${result}", then "${rule.apply(result)}"`;
  });
  const message = `Cannot normalize "${first.key}": ${results.join(', ')}; one value that stays was wanted`;
  return findingAt(first.origin, 'error', message);
}
