import { ReconcileError } from '../model/errors.ts';
import { memoize } from '../model/memo.ts';
import type { Finding } from '../model/plan.ts';
import type { CopyFromRule, Policy, ResourceTagPolicy } from '../model/policy.ts';
import type { Tag } from '../model/tag.ts';
import type { Attributes } from '../model/target.ts';
import {
  imageScope,
  parseTemplate,
  renderTemplate,
  templateIsLiteral,
} from '../policy/template.ts';
import type { Current } from './listed-tags.ts';
import type { Normalizers } from './normalize.ts';
import {
  BLOCK,
  findingAt,
  HOLD,
  NO_WISHES,
  type Origin,
  originOf,
  RANK,
  type Want,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

/** Text of a template, or why it has none. */
export type Rendered =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'missing'; readonly message: string };

// Every pass reads the same few templates anew.
const parsed = memoize(2_000, parseTemplate);

/** Fills a template from the facts of an image. */
export function renderFacts(template: string, attributes: Attributes): Rendered {
  try {
    const known = parsed(template);
    if (templateIsLiteral(known)) return { type: 'text', text: template };
    return { type: 'text', text: renderTemplate(known, imageScope(attributes)) };
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    return { type: 'missing', message: error.message };
  }
}

/** True for a template that renders to its own text, whatever the image. */
export function isLiteral(template: string): boolean {
  return templateIsLiteral(parsed(template));
}

/** Ids of the images the rules take keys from, sorted; an id that cannot be rendered is left to the plan to report. */
export function copySources(
  policies: readonly Policy[],
  attributes: Attributes | null,
): readonly string[] {
  const rules = policies.flatMap((policy) =>
    policy.kind === 'ResourceTagPolicy' ? policy.tags.copyFrom : [],
  );
  if (rules.length === 0) return [];
  const ids = rules.flatMap(({ image }) => {
    const rendered = renderFacts(image, attributes ?? {});
    return rendered.type === 'text' && rendered.text !== '' ? [rendered.text] : [];
  });
  return [...new Set(ids)].sort();
}

/** Tags of other images by id; null: could not be read. */
export type Images = ReadonlyMap<string, readonly Tag[] | null>;

export interface CopyFromInput {
  readonly policies: readonly ResourceTagPolicy[];
  readonly current: Current;
  readonly attributes: Attributes;
  readonly images: Images;
  readonly isExempt: (policy: string, key: string) => boolean;
}

/** What one copyFrom rule finds for one key. */
export interface Inherited {
  readonly origin: Origin;
  readonly key: string;
  readonly overwrite: boolean;
  readonly source: Source;
}

type Source =
  /** The value on the other image; null: it does not carry the key. */
  | { readonly type: 'known'; readonly value: string | null }
  | { readonly type: 'unknown'; readonly message: string };

/** Looks every key of every copyFrom rule up. A rule whose image is the empty text has no source and says nothing. */
export function inheritedKeys(input: CopyFromInput): readonly Inherited[] {
  if (!input.policies.some(copiesKeys)) return [];
  return input.policies.flatMap((policy) =>
    policy.tags.copyFrom.flatMap((rule, index) => {
      const id = renderFacts(rule.image, input.attributes);
      if (id.type === 'text' && id.text === '') return [];
      const because = id.type === 'text' ? `image "${id.text}" carries it` : '';
      const origin = originOf(policy, `tags.copyFrom[${index}]`, because);
      return rule.keys
        .filter((key) => !input.isExempt(policy.name, key))
        .map((key) => ({
          origin,
          key,
          overwrite: rule.overwrite,
          source:
            id.type === 'text' ? lookUp(input.images, id.text, key) : unknown(rule, id.message),
        }));
    }),
  );
}

function copiesKeys({ tags }: ResourceTagPolicy): boolean {
  return tags.copyFrom.length > 0;
}

function lookUp(images: Images, id: string, key: string): Source {
  const tags = images.get(id) ?? null;
  if (tags !== null) {
    return { type: 'known', value: tags.find(({ name }) => name === key)?.value ?? null };
  }
  const message = `Cannot copy keys from image "${id}": its tags could not be read, nothing is written for them`;
  return { type: 'unknown', message };
}

function unknown({ image }: CopyFromRule, reason: string): Source {
  return { type: 'unknown', message: `Cannot copy keys from image "${image}": ${reason}` };
}

/** True for a key that ends with the other image's value, whatever it holds here. */
export function overwrites({ overwrite, source }: Inherited): boolean {
  return overwrite && source.type === 'known' && source.value !== null;
}

/** What the copyFrom rules want; `supplied`: keys a rename fills, which count as carried. */
export function copyFromWishes(
  inherited: readonly Inherited[],
  current: Current,
  supplied: ReadonlySet<string>,
  normalizers: Normalizers,
): Wishes {
  if (inherited.length === 0) return NO_WISHES;
  const findings: Finding[] = [];
  const wishes = inherited.flatMap((one): Wish[] => {
    const { origin, key, source } = one;
    if (source.type === 'unknown') {
      findings.push(findingAt(origin, 'error', source.message));
      return [wish(origin, key, RANK.adjust, BLOCK)];
    }
    if (source.value === null) return [];
    const value = normalizers.normalize(key, source.value) ?? source.value;
    const carried = current.has(key) || supplied.has(key);
    const want: Want = carried && !one.overwrite ? HOLD : { type: 'bind', value, from: null };
    return [wish(origin, key, RANK.adjust, want)];
  });
  return { wishes, findings };
}
