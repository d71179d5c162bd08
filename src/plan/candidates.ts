import type { ChannelRule, ImageTagPolicy, Selection } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { compilePattern } from '../policy/pattern.ts';
import { parseVersion } from '../policy/semver.ts';
import { parseTemplate, renderTemplate, templateIsLiteral } from '../policy/template.ts';
import { scoreByAlphabet } from './select/alphabetical.ts';
import { scoreByTime } from './select/newest.ts';
import { scoreByNumber } from './select/numerical.ts';
import type { Entry, Scored } from './select/scored.ts';
import { scoreBySemver } from './select/semver.ts';

/** Every tag the rule can compare, best first. */
export function scoreCandidates(
  { filter, select }: Pick<ChannelRule, 'filter' | 'select'>,
  tags: readonly ListedTag[],
  now: Date,
): Scored[] {
  const entries =
    filter === null ? tags.map((tag) => ({ tag, text: tag.name })) : filtered(filter, tags);
  return score(entries, select, now);
}

function filtered(filter: NonNullable<ChannelRule['filter']>, tags: readonly ListedTag[]): Entry[] {
  const pattern = compilePattern(filter.pattern);
  return tags.flatMap((tag) => {
    const groups = pattern.groups(tag.name);
    const text = filter.extract === null ? tag.name : groups?.[filter.extract];
    return groups === null || text === undefined ? [] : [{ tag, text }];
  });
}

function score(entries: readonly Entry[], select: Selection, now: Date): Scored[] {
  switch (select.by) {
    case 'semver':
      return scoreBySemver(entries, select);
    case 'numerical':
      return scoreByNumber(entries, select.order);
    case 'alphabetical':
      return scoreByAlphabet(entries, select.order);
    case 'newest':
      return scoreByTime(entries, { time: select.time, now });
  }
}

/**
 * Names that channels write. They are no candidates of any channel: a moving tag that chose itself, or another
 * moving tag, would change its mind at the next pass.
 */
export function channelOutputs(
  policies: readonly ImageTagPolicy[],
  tags: readonly ListedTag[],
  now: Date,
): ReadonlySet<string> {
  const rules = policies.flatMap(({ channels }) => channels);
  const written = rules.flatMap((rule) => [
    { rule, template: rule.tag },
    ...(rule.backup === null ? [] : [{ rule, template: rule.backup }]),
  ]);
  const literal = written.filter(({ template }) => isLiteral(template));
  const rendered = written
    .filter(({ template }) => !isLiteral(template))
    .flatMap(({ rule, template }) =>
      scoreCandidates(rule, tags, now)
        .filter(({ admitted }) => admitted)
        .map(({ scope }) => renderName(template, scope)),
    )
    .filter((name) => parseVersion(name) === null);
  return new Set([...literal.map(({ template }) => template), ...rendered]);
}

/** True for a name that is the same for every candidate. */
export function isLiteral(template: string): boolean {
  return templateIsLiteral(parseTemplate(template));
}

/** The name for one candidate; throws TEMPLATE_INVALID when the candidate lacks a part of it. */
export function renderName(template: string, scope: Scored['scope']): string {
  return renderTemplate(parseTemplate(template), scope);
}

/** What a channel compares, as reports word it. */
export function renderSelection(select: Selection): string {
  switch (select.by) {
    case 'semver':
      return `newest version matching ${select.range}`;
    case 'numerical':
      return `${select.order} number`;
    case 'alphabetical':
      return `${select.order} in alphabetical order`;
    case 'newest':
      return `newest by the time it was ${select.time}`;
  }
}
