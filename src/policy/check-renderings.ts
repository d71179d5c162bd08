import type { Attributes } from '../model/target.ts';
import type { Complaint, NamedAccount, Written } from './complaint.ts';
import { parseTemplate, renderTemplate, type Template, templateReferences } from './template.ts';

/** Longer than any value a cloud takes. */
const LONG = 'x'.repeat(1_000);

/** One complaint for each value, taken as it stands, that an account refuses. */
export function refusedValues(
  values: readonly Written[],
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  return values.flatMap((written) =>
    accounts.flatMap(({ account, capabilities }) => {
      const refusal = capabilities.refuseValue(written.text);
      return refusal === null ? [] : [badValue(written, account, refusal)];
    }),
  );
}

function badValue({ rule, text }: Written, account: string, expected: string): Complaint {
  const message = `"${text}" is no value for a tag of account "${account}"`;
  return { rule, problem: { code: 'bad-value', message, expected } };
}

/** What is wrong with a template's renderings: all of them, or one that is known. Literals are templates too. */
export function refusedRenderings(
  values: readonly Written[],
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  return values.flatMap((written) =>
    accounts.flatMap((account) => refuseRendering(written, account) ?? []),
  );
}

function refuseRendering(
  { rule, text }: Written,
  { account, capabilities: { refuseValue } }: NamedAccount,
): Complaint | null {
  const template = parseTemplate(text);
  const [shortest, ...others] = ['', 'x', '0'].map((fact) => refuseValue(render(template, fact)));
  if (shortest !== undefined && shortest !== null && !others.includes(null)) {
    return badValue({ rule, text }, account, shortest);
  }
  const known = [renderFallbacks(template), renderTruncated(template)];
  for (const rendering of known.filter((one) => one !== null)) {
    const refusal = refuseValue(rendering);
    if (refusal === null) continue;
    const message = `"${text}" may render to ${rendering.length} characters, "${rendering}", which account "${account}" refuses`;
    const problem = {
      code: 'risky-value',
      severity: 'warning',
      message,
      expected: refusal,
    } as const;
    return { rule, problem };
  }
  return null;
}

function render(template: Template, fact: string): string {
  return renderTemplate(
    template,
    scopeOf(template, () => fact),
  );
}

/** What it renders to when every fact is missing that has a fallback; null: none has. */
function renderFallbacks(template: Template): string | null {
  const needed = namesOf(template, ({ fallback }) => fallback === null);
  if (needed.length === templateReferences(template).length) return null;
  return renderTemplate(
    template,
    scopeOf(template, (name) => (needed.includes(name) ? '' : null)),
  );
}

/** What it renders to at most, where truncate(…) says how long a fact may be; null: nowhere. */
function renderTruncated(template: Template): string | null {
  const open = namesOf(template, ({ filters }) => filters.at(-1)?.type !== 'truncate');
  if (open.length === templateReferences(template).length) return null;
  return renderTemplate(
    template,
    scopeOf(template, (name) => (open.includes(name) ? '' : LONG)),
  );
}

type Reference = Extract<Template['parts'][number], { readonly type: 'reference' }>;

function namesOf(template: Template, accepts: (reference: Reference) => boolean): string[] {
  return template.parts.flatMap((part) =>
    part.type === 'reference' && accepts(part) ? [part.name] : [],
  );
}

function scopeOf(template: Template, factOf: (name: string) => string | null): Attributes {
  const facts = templateReferences(template).flatMap(({ name }) => {
    const fact = factOf(name);
    return fact === null ? [] : [[name, fact] as const];
  });
  return Object.fromEntries(facts);
}
