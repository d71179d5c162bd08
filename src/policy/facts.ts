import { memoize } from '../model/memo.ts';
import type { Policy } from '../model/policy.ts';
import { BASIC_FACTS } from '../model/target.ts';
import { parseTemplate, templateReferences } from './template.ts';

const BASIC: ReadonlySet<string> = new Set(BASIC_FACTS.map((name) => `image.${name}`));
const MOST_TEMPLATES = 10_000;

/** True when a policy in force asks for more facts of the account's targets than BASIC_FACTS. */
export function needsAllFacts(policies: readonly Policy[], account: string): boolean {
  return policies.some((policy) => {
    if (policy.suspend || policy.kind === 'ImageTagPolicy') return false;
    const selectors = policy.targets.filter((selector) => selector.account === account);
    if (selectors.length === 0) return false;
    const { ensure, default: defaults, copyFrom } = policy.tags;
    const templates = [...Object.values(ensure), ...Object.values(defaults)];
    templates.push(...copyFrom.map(({ image }) => image));
    return selectors.some(({ visibility }) => visibility !== null) || templates.some(asksForMore);
  });
}

const asksForMore = memoize(MOST_TEMPLATES, (text: string): boolean =>
  templateReferences(parseTemplate(text)).some(({ name }) => !BASIC.has(name)),
);
