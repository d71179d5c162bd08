import type { Finding } from '../model/plan.ts';
import type { RemoveRule, ResourceTagPolicy } from '../model/policy.ts';
import type { Attributes } from '../model/target.ts';
import {
  copyFromWishes,
  type Images,
  inheritedKeys,
  overwrites,
  renderFacts,
} from './copy-from.ts';
import { matcherOf } from './matchers.ts';
import { type Normalizers, normalizersOf, normalizeWishes } from './normalize.ts';
import { renameWishes } from './rename.ts';
import {
  ABSENT,
  BLOCK,
  findingAt,
  HOLD,
  originOf,
  RANK,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

export interface ResourceInput {
  /** Sorted by name. */
  readonly policies: readonly ResourceTagPolicy[];
  readonly current: ReadonlyMap<string, string>;
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
  const overwritten = new Set(inherited.filter(overwrites).map(({ key }) => key));
  const renamed = renameWishes({ ...input, normalizers, overwritten });
  const copied = copyFromWishes(inherited, current, spokenFor(renamed), normalizers);
  const supplied = new Set([...spokenFor(renamed), ...spokenFor(copied)]);
  const parts = [
    ...policies.map((policy) => ensureWishes(policy, input)),
    renamed,
    copied,
    ...policies.map((policy) => defaultWishes(policy, { ...input, supplied, normalizers })),
    normalizeWishes({ normalizers, current, skip: supplied }),
  ];
  const removals = policies.flatMap((policy) => removeWishes(policy, input));
  return {
    wishes: [...parts.flatMap(({ wishes }) => wishes), ...removals, ...exclusiveWishes(input)],
    findings: parts.flatMap(({ findings }) => findings),
  };
}

/** Keys whose value these rules decide. */
function spokenFor({ wishes }: Wishes): ReadonlySet<string> {
  return new Set(wishes.filter(({ want }) => want.type !== 'hold').map(({ tag }) => tag));
}

/** The keys of a map of rules that the policy may speak about here. */
function entriesOf(
  policy: ResourceTagPolicy,
  rules: Readonly<Record<string, string>>,
  { isExempt }: ResourceInput,
): [string, string][] {
  return Object.entries(rules).filter(([key]) => !isExempt(policy.name, key));
}

function ensureWishes(policy: ResourceTagPolicy, input: ResourceInput): Wishes {
  const findings: Finding[] = [];
  const wishes = entriesOf(policy, policy.tags.ensure, input).map(([key, template]): Wish => {
    const rendered = renderFacts(template, input.attributes);
    const rule = `tags.ensure.${key}`;
    if (rendered.type === 'missing') {
      findings.push(findingAt({ policy: policy.name, rule }, 'error', rendered.message));
      return wish(originOf(policy, rule, ''), key, RANK.assert, BLOCK);
    }
    const origin = originOf(policy, rule, `ensure wants "${rendered.text}"`);
    return wish(origin, key, RANK.assert, { type: 'bind', value: rendered.text, from: null });
  });
  return { wishes, findings };
}

interface DefaultInput extends ResourceInput {
  /** Keys a rename or a copy speaks for. */
  readonly supplied: ReadonlySet<string>;
  readonly normalizers: Normalizers;
}

function defaultWishes(policy: ResourceTagPolicy, input: DefaultInput): Wishes {
  const findings: Finding[] = [];
  const wishes = entriesOf(policy, policy.tags.default, input).map(([key, template]): Wish => {
    const rule = `tags.default.${key}`;
    const origin = originOf(policy, rule, 'the key is absent');
    const hold = wish(origin, key, RANK.adjust, HOLD);
    if (input.current.has(key) || input.supplied.has(key)) return hold;
    const rendered = renderFacts(template, input.attributes);
    if (rendered.type === 'missing') {
      findings.push(findingAt(origin, 'error', rendered.message));
      return wish(origin, key, RANK.adjust, BLOCK);
    }
    const value = input.normalizers.normalize(key, rendered.text) ?? rendered.text;
    return wish(origin, key, RANK.adjust, { type: 'bind', value, from: null });
  });
  return { wishes, findings };
}

function removeWishes(policy: ResourceTagPolicy, { current, isExempt }: ResourceInput): Wish[] {
  return policy.tags.remove.flatMap((rule, index) => {
    const { matches, because } = removal(rule);
    const origin = originOf(policy, `tags.remove[${index}]`, because);
    const wishes: Wish[] = [];
    // Every image comes by here, and nearly none has anything to remove: no list is made of its tags.
    for (const [key, value] of current) {
      if (!matches(key, value) || isExempt(policy.name, key)) continue;
      wishes.push(wish(origin, key, RANK.remove, ABSENT));
    }
    return wishes;
  });
}

interface Removal {
  readonly matches: (key: string, value: string) => boolean;
  readonly because: string;
}

function removal(rule: RemoveRule): Removal {
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

function exclusiveWishes({ policies, current, isExempt }: ResourceInput): Wish[] {
  const strict = policies.filter(({ exclusive }) => exclusive);
  if (strict.length === 0) return [];
  const mentioned = new Set(policies.flatMap(mentionedKeys));
  const strays = [...current.keys()].filter((key) => !mentioned.has(key));
  return strict.flatMap((policy) => {
    const origin = originOf(policy, 'exclusive', 'exclusive: no rule names this key');
    return strays
      .filter((key) => !isExempt(policy.name, key))
      .map((key) => wish(origin, key, RANK.exclusive, ABSENT));
  });
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
