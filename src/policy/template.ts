import { ReconcileError } from '../model/errors.ts';
import type { Attributes } from '../model/target.ts';
import { type Filter, parseFilters } from './template-filter.ts';
import { TextError } from './text-error.ts';

type Part =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'reference';
      /** Key of the scope: `image.name`, `major`. */
      readonly name: string;
      /** Offset of the name in the template's text. */
      readonly offset: number;
      readonly fallback: string | null;
      readonly filters: readonly Filter[];
    };

/** A parsed `text {{ reference ?? "fallback" | filter }} text`. */
export interface Template {
  readonly text: string;
  readonly parts: readonly Part[];
}

const REFERENCE = /^\s*([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)\s*(?:\?\?\s*"([^"]*)"\s*)?/;
const EXPECTED = '{{ name }}, {{ name ?? "fallback" }} or {{ name | filter }}';

function parseReference(text: string, start: number, end: number): Part {
  const inner = text.slice(start, end);
  const match = REFERENCE.exec(inner);
  const [whole = '', name = '', fallback = null] = match ?? [];
  const rest = start + whole.length;
  const fault = { kind: 'template', text, expected: EXPECTED };
  if (match === null) {
    throw new TextError({ ...fault, offset: start, problem: 'a name must follow "{{"' });
  }
  if (rest < end && text[rest] !== '|') {
    const problem = `"${text.slice(rest, end).trim()}" is neither a fallback nor a filter`;
    throw new TextError({ ...fault, offset: rest, problem });
  }
  const offset = start + inner.indexOf(name);
  return { type: 'reference', name, offset, fallback, filters: parseFilters(text, rest, end) };
}

/** The index of the `}}` that ends an expression; braces inside quotes do not count. -1: none. */
function closing(text: string, start: number): number {
  const found = /^(?:[^"}]|"[^"]*"|\}(?!\}))*\}\}/.exec(text.slice(start));
  return found === null ? -1 : start + found[0].length - 2;
}

/** Parses a template; throws TextError with the offset of the fault. */
export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  let at = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    const end = closing(text, open + 2);
    if (end === -1) {
      const fault = { kind: 'template', text, offset: open, expected: EXPECTED };
      throw new TextError({ ...fault, problem: '"{{" is not closed by "}}"' });
    }
    if (open > at) parts.push({ type: 'text', text: text.slice(at, open) });
    parts.push(parseReference(text, open + 2, end));
    at = end + 2;
  }
  if (at < text.length) parts.push({ type: 'text', text: text.slice(at) });
  return { text, parts };
}

/** True when the template renders to its own text whatever the scope. */
export function templateIsLiteral(template: Template): boolean {
  return template.parts.every(({ type }) => type === 'text');
}

/** Names the template needs, with their offsets, in order of appearance. */
export function templateReferences(
  template: Template,
): readonly { readonly name: string; readonly offset: number }[] {
  return template.parts.flatMap((part) =>
    part.type === 'reference' ? [{ name: part.name, offset: part.offset }] : [],
  );
}

/** Facts of a target as templates name them: `name` becomes `image.name`. */
export function imageScope(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`image.${name}`, value]),
  );
}

/** Fills a template from the scope; throws TEMPLATE_INVALID when a name without fallback is missing. */
export function renderTemplate(template: Template, scope: Attributes): string {
  return template.parts
    .map((part) => (part.type === 'text' ? part.text : renderReference(part, template, scope)))
    .join('');
}

function renderReference(
  part: Extract<Part, { type: 'reference' }>,
  template: Template,
  scope: Attributes,
): string {
  // Own names only: never "constructor".
  const value = (Object.hasOwn(scope, part.name) ? scope[part.name] : null) ?? part.fallback;
  if (value === null) {
    const wanted = `give a fallback with {{ ${part.name} ?? "text" }}`;
    const message = `Cannot render template "${template.text}": "${part.name}" is not known here, ${wanted}`;
    throw new ReconcileError('TEMPLATE_INVALID', message);
  }
  return part.filters.reduce((text, filter) => applyOne(filter, text), value);
}

function applyOne(filter: Filter, text: string): string {
  switch (filter.type) {
    case 'lower':
      return text.toLowerCase();
    case 'upper':
      return text.toUpperCase();
    case 'trim':
      return text.trim();
    case 'truncate':
      return [...text].slice(0, filter.length).join('');
    case 'replace':
      return text.replaceAll(filter.from, () => filter.to);
  }
}
