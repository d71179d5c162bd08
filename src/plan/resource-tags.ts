import { ReconcileError } from '../model/errors.ts';
import { globMatcher } from '../model/glob.ts';
import type { Finding } from '../model/plan.ts';
import type { RemoveRule, ResourceTagPolicy } from '../model/policy.ts';
import type { Attributes } from '../model/target.ts';
import { imageScope, parseTemplate, renderTemplate } from '../policy/template.ts';
import { normalizersOf, normalizeWishes } from './normalize.ts';
import { renameWishes } from './rename.ts';
import { findingAt, originOf, RANK, type Wish, type Wishes, wish } from './wish.ts';

export interface ResourceInput {
  /** Sorted by name. */
  readonly policies: readonly ResourceTagPolicy[];
  readonly current: ReadonlyMap<string, string>;
  readonly attributes: Attributes;
  readonly isProtected: (name: string) => boolean;
}

/** What all rules for key-value tags want, before precedence is applied. */
export function resourceWishes(input: ResourceInput): Wishes {
  const normalizers = normalizersOf(input.policies);
  const renamed = renameWishes({ ...input, normalizers });
  const spoken = renamed.wishes.filter(({ want }) => want.type !== 'hold');
  const supplied = new Set(spoken.map(({ tag }) => tag));
  const parts = [
    ...input.policies.map((policy) => ensureWishes(policy, input)),
    renamed,
    ...input.policies.map((policy) => defaultWishes(policy, { ...input, supplied, normalizers })),
    normalizeWishes({ normalizers, current: input.current, skip: supplied }),
  ];
  const removals = input.policies.flatMap((policy) => removeWishes(policy, input.current));
  return {
    wishes: [
      ...parts.flatMap(({ wishes }) => wishes),
      ...removals,
      ...exclusiveWishes(input.policies, input.current),
    ],
    findings: parts.flatMap(({ findings }) => findings),
  };
}

type Rendered =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'missing'; readonly message: string };

function render(template: string, attributes: Attributes): Rendered {
  try {
    return { type: 'text', text: renderTemplate(parseTemplate(template), imageScope(attributes)) };
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    return { type: 'missing', message: error.message };
  }
}

function ensureWishes(policy: ResourceTagPolicy, { attributes }: ResourceInput): Wishes {
  const findings: Finding[] = [];
  const wishes = Object.entries(policy.tags.ensure).map(([key, template]): Wish => {
    const rendered = render(template, attributes);
    const rule = `tags.ensure.${key}`;
    if (rendered.type === 'missing') {
      findings.push(findingAt({ policy: policy.name, rule }, 'error', rendered.message));
      return wish(originOf(policy, rule, ''), key, RANK.assert, { type: 'block' });
    }
    const origin = originOf(policy, rule, `ensure wants "${rendered.text}"`);
    return wish(origin, key, RANK.assert, { type: 'bind', value: rendered.text, from: null });
  });
  return { wishes, findings };
}

interface DefaultInput extends ResourceInput {
  /** Keys a rename speaks for. */
  readonly supplied: ReadonlySet<string>;
  readonly normalizers: ReturnType<typeof normalizersOf>;
}

function defaultWishes(policy: ResourceTagPolicy, input: DefaultInput): Wishes {
  const findings: Finding[] = [];
  const wishes = Object.entries(policy.tags.default).map(([key, template]): Wish => {
    const rule = `tags.default.${key}`;
    const origin = originOf(policy, rule, 'the key is absent');
    const hold = wish(origin, key, RANK.adjust, { type: 'hold' });
    if (input.current.has(key) || input.supplied.has(key)) return hold;
    const rendered = render(template, input.attributes);
    if (rendered.type === 'missing') {
      findings.push(findingAt(origin, 'error', rendered.message));
      return wish(origin, key, RANK.adjust, { type: 'block' });
    }
    const value = input.normalizers.normalize(key, rendered.text) ?? rendered.text;
    return wish(origin, key, RANK.adjust, { type: 'bind', value, from: null });
  });
  return { wishes, findings };
}

function removeWishes(policy: ResourceTagPolicy, current: ReadonlyMap<string, string>): Wish[] {
  return policy.tags.remove.flatMap((rule, index) => {
    const { matches, because } = removal(rule);
    const origin = originOf(policy, `tags.remove[${index}]`, because);
    return [...current]
      .filter(([key, value]) => matches(key, value))
      .map(([key]) => wish(origin, key, RANK.remove, { type: 'absent' }));
  });
}

interface Removal {
  readonly matches: (key: string, value: string) => boolean;
  readonly because: string;
}

function removal(rule: RemoveRule): Removal {
  switch (rule.by) {
    case 'glob':
      return { matches: globMatcher([rule.glob]), because: `key matches "${rule.glob}"` };
    case 'pair': {
      const { key, value } = rule;
      return {
        matches: (name, text) => name === key && text === value,
        because: `value is "${value}"`,
      };
    }
  }
}

function exclusiveWishes(
  policies: readonly ResourceTagPolicy[],
  current: ReadonlyMap<string, string>,
): Wish[] {
  const mentioned = new Set(policies.flatMap(mentionedKeys));
  const strays = [...current.keys()].filter((key) => !mentioned.has(key));
  return policies
    .filter(({ exclusive }) => exclusive)
    .flatMap((policy) => {
      const origin = originOf(policy, 'exclusive', 'exclusive: no rule names this key');
      return strays.map((key) => wish(origin, key, RANK.exclusive, { type: 'absent' }));
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
    ...tags.remove.flatMap((rule) => (rule.by === 'pair' ? [rule.key] : [])),
    ...targets.flatMap((selector) => Object.keys(selector.tags ?? {})),
  ];
}
