import { memoizeFor } from '../model/memo.ts';
import type { Finding } from '../model/plan.ts';
import type { RemoveRule, ResourceTagPolicy } from '../model/policy.ts';
import type { Attributes } from '../model/target.ts';
import {
  copyFromWishes,
  type Images,
  type Inherited,
  inheritedKeys,
  isLiteral,
  overwrites,
  renderFacts,
} from './copy-from.ts';
import { type Current, textOf } from './listed-tags.ts';
import { matcherOf } from './matchers.ts';
import { type Normalizers, normalizersOf, normalizeWishes } from './normalize.ts';
import { renameWishes } from './rename.ts';
import {
  ABSENT,
  BLOCK,
  findingAt,
  HOLD,
  NO_WISHES,
  type Origin,
  originOf,
  RANK,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

export interface ResourceInput {
  /** Sorted by name. */
  readonly policies: readonly ResourceTagPolicy[];
  readonly current: Current;
  readonly attributes: Attributes;
  readonly images: Images;
  readonly isProtected: (name: string) => boolean;
  /** Keys an exemption takes out of a policy's rules. */
  readonly isExempt: (policy: string, key: string) => boolean;
}

/** What all rules for key-value tags want, before precedence is applied. */
export function resourceWishes(input: ResourceInput): Wishes {
  const { policies, current } = input;
  const normalizers = normalizersOf(policies, input.isExempt);
  const inherited = inheritedKeys(input);
  const overwritten = overwrittenBy(inherited);
  const renamed = policies.some(renamesKeys)
    ? renameWishes({ ...input, normalizers, overwritten })
    : NO_WISHES;
  const filled = spokenFor(renamed);
  const copied = copyFromWishes(inherited, current, filled, normalizers);
  const supplied = copied === NO_WISHES ? filled : new Set([...filled, ...spokenFor(copied)]);
  // One list for all, as nearly every image comes by here with nothing to say but what is ensured.
  const heard: Heard = { wishes: [], findings: [] };
  for (const policy of policies) ensure(heard, policy, input);
  hear(heard, renamed);
  hear(heard, copied);
  for (const policy of policies) setDefaults(heard, policy, { input, supplied, normalizers });
  hear(heard, normalizeWishes({ normalizers, current, skip: supplied }));
  for (const policy of policies) remove(heard, policy, input);
  if (policies.some(isExclusive)) removeStrays(heard, input);
  return heard;
}

function renamesKeys({ tags }: ResourceTagPolicy): boolean {
  return tags.rename.length > 0;
}

/** What was heard so far. */
interface Heard {
  readonly wishes: Wish[];
  readonly findings: Finding[];
}

function hear(heard: Heard, { wishes, findings }: Wishes): void {
  for (const one of wishes) heard.wishes.push(one);
  for (const one of findings) heard.findings.push(one);
}

const NO_KEYS: ReadonlySet<string> = new Set();

function overwrittenBy(inherited: readonly Inherited[]): ReadonlySet<string> {
  if (inherited.length === 0) return NO_KEYS;
  return new Set(inherited.filter(overwrites).map(({ key }) => key));
}

/** Keys whose value these rules decide. */
function spokenFor({ wishes }: Wishes): ReadonlySet<string> {
  if (wishes.length === 0) return NO_KEYS;
  return new Set(wishes.filter(({ want }) => want.type !== 'hold').map(({ tag }) => tag));
}

/** One key of a map of rules. */
interface KeyRule {
  readonly key: string;
  readonly template: string;
  /** What it wants of every image; null: that takes facts of the image. */
  readonly known: Wish | null;
}

const ensuredBy = memoizeFor((policy: ResourceTagPolicy): readonly KeyRule[] =>
  Object.entries(policy.tags.ensure).map(([key, template]) => {
    const known = isLiteral(template) ? ensured(policy, key, template) : null;
    return { key, template, known };
  }),
);

function ensured(policy: ResourceTagPolicy, key: string, value: string): Wish {
  const origin = originOf(policy, `tags.ensure.${key}`, `ensure wants "${value}"`);
  return wish(origin, key, RANK.assert, { type: 'bind', value, from: null });
}

function ensure(heard: Heard, policy: ResourceTagPolicy, input: ResourceInput): void {
  for (const { key, template, known } of ensuredBy(policy)) {
    if (input.isExempt(policy.name, key)) continue;
    if (known !== null) {
      heard.wishes.push(known);
      continue;
    }
    const rendered = renderFacts(template, input.attributes);
    if (rendered.type === 'text') {
      heard.wishes.push(ensured(policy, key, rendered.text));
      continue;
    }
    const origin = originOf(policy, `tags.ensure.${key}`, '');
    heard.findings.push(findingAt(origin, 'error', rendered.message));
    heard.wishes.push(wish(origin, key, RANK.assert, BLOCK));
  }
}

interface Default {
  readonly origin: Origin;
  readonly key: string;
  readonly template: string;
}

const defaultsOf = memoizeFor((policy: ResourceTagPolicy): readonly Default[] =>
  Object.entries(policy.tags.default).map(([key, template]) => {
    const origin = originOf(policy, `tags.default.${key}`, 'the key is absent');
    return { origin, key, template };
  }),
);

interface DefaultInput {
  readonly input: ResourceInput;
  /** Keys a rename or a copy speaks for. */
  readonly supplied: ReadonlySet<string>;
  readonly normalizers: Normalizers;
}

function setDefaults(heard: Heard, policy: ResourceTagPolicy, given: DefaultInput): void {
  const { current, attributes, isExempt } = given.input;
  for (const { origin, key, template } of defaultsOf(policy)) {
    if (isExempt(policy.name, key)) continue;
    if (current.has(key) || given.supplied.has(key)) {
      heard.wishes.push(wish(origin, key, RANK.adjust, HOLD));
      continue;
    }
    const rendered = renderFacts(template, attributes);
    if (rendered.type === 'missing') {
      heard.findings.push(findingAt(origin, 'error', rendered.message));
      heard.wishes.push(wish(origin, key, RANK.adjust, BLOCK));
      continue;
    }
    const value = given.normalizers.normalize(key, rendered.text) ?? rendered.text;
    heard.wishes.push(wish(origin, key, RANK.adjust, { type: 'bind', value, from: null }));
  }
}

const removalsOf = memoizeFor((policy: ResourceTagPolicy): readonly Removal[] =>
  policy.tags.remove.map((rule, index) => {
    const { matches, because } = removal(rule);
    return { matches, origin: originOf(policy, `tags.remove[${index}]`, because) };
  }),
);

function remove(
  heard: Heard,
  policy: ResourceTagPolicy,
  { current, isExempt }: ResourceInput,
): void {
  for (const { matches, origin } of removalsOf(policy)) {
    // Every image comes by here, and nearly none has anything to remove: no list is made of its tags.
    for (const tag of current.tags) {
      const key = tag.name;
      if (!matches(key, textOf(tag)) || isExempt(policy.name, key)) continue;
      heard.wishes.push(wish(origin, key, RANK.remove, ABSENT));
    }
  }
}

type Matches = (key: string, value: string) => boolean;

interface Removal {
  readonly matches: Matches;
  readonly origin: Origin;
}

function removal(rule: RemoveRule): { readonly matches: Matches; readonly because: string } {
  switch (rule.by) {
    case 'glob':
      return { matches: matcherOf(rule, [rule.glob]), because: `key matches "${rule.glob}"` };
    case 'pair': {
      const { key, value } = rule;
      return {
        matches: (name, text) => name === key && text === value,
        because: `value is "${value}"`,
      };
    }
  }
}

function isExclusive({ exclusive }: ResourceTagPolicy): boolean {
  return exclusive;
}

function removeStrays(heard: Heard, { policies, current, isExempt }: ResourceInput): void {
  const mentioned = new Set(policies.flatMap(mentionedKeys));
  const strays = current.tags.filter(({ name }) => !mentioned.has(name));
  for (const policy of policies.filter(isExclusive)) {
    const origin = originOf(policy, 'exclusive', 'exclusive: no rule names this key');
    for (const { name } of strays) {
      if (isExempt(policy.name, name)) continue;
      heard.wishes.push(wish(origin, name, RANK.exclusive, ABSENT));
    }
  }
}

/** Keys of selectors count too: deleting one would take the image out of the policy. */
function mentionedKeys({ tags, targets }: ResourceTagPolicy): string[] {
  return [
    ...Object.keys(tags.ensure),
    ...Object.keys(tags.default),
    ...Object.keys(tags.require),
    ...tags.rename.flatMap(({ from, to }) => [from, to]),
    ...tags.normalize.map(({ key }) => key),
    ...tags.copyFrom.flatMap(({ keys }) => keys),
    ...tags.remove.flatMap((rule) => (rule.by === 'pair' ? [rule.key] : [])),
    ...targets.flatMap((selector) => Object.keys(selector.tags ?? {})),
  ];
}
