import type { ChannelRule, Selection } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { versionScope } from '../policy/semver.ts';
import { parseTemplate, renderTemplate, templateReferences } from '../policy/template.ts';
import { type Reading, versionInRange } from './reading.ts';
import { scoreByAlphabet } from './select/alphabetical.ts';
import { scoreByTime } from './select/newest.ts';
import { scoreByNumber } from './select/numerical.ts';
import type { Entry, Scored } from './select/scored.ts';
import { scoreBySemver } from './select/semver.ts';

type Compared = Pick<ChannelRule, 'filter' | 'select'>;

/** Every tag the rule can compare, best first; the same list for the same question. */
export type Ranker = (rule: Compared) => readonly Scored[];

/** Ranks tags for one plan; rules that compare alike share one ranking. */
export function createRanker(tags: readonly ListedTag[], reading: Reading, now: Date): Ranker {
  const rankings = new Map<string, readonly Scored[]>();
  return ({ filter, select }) => {
    const key = JSON.stringify([filter, select.by === 'semver' ? null : select]);
    const known = rankings.get(key);
    if (known !== undefined) return known;
    const entries =
      filter === null
        ? tags.map((tag) => ({ tag, text: tag.name }))
        : filtered(filter, tags, reading);
    const ranking = rank(entries, select, reading, now);
    rankings.set(key, ranking);
    return ranking;
  };
}

/** Leaves names out of every ranking. */
export function rankerWithout(ranker: Ranker, names: ReadonlySet<string>): Ranker {
  const rankings = new Map<readonly Scored[], readonly Scored[]>();
  return (rule) => {
    const all = ranker(rule);
    const known = rankings.get(all) ?? all.filter(({ tag }) => !names.has(tag.name));
    rankings.set(all, known);
    return known;
  };
}

function filtered(
  { pattern: text, extract }: NonNullable<ChannelRule['filter']>,
  tags: readonly ListedTag[],
  reading: Reading,
): Entry[] {
  const pattern = reading.pattern(text);
  if (extract === null) {
    return tags.filter(({ name }) => pattern.matches(name)).map((tag) => ({ tag, text: tag.name }));
  }
  return tags.flatMap((tag) => {
    const part = pattern.groups(tag.name)?.[extract];
    return part === undefined ? [] : [{ tag, text: part }];
  });
}

function rank(
  entries: readonly Entry[],
  select: Selection,
  reading: Reading,
  now: Date,
): readonly Scored[] {
  switch (select.by) {
    case 'semver':
      return scoreBySemver(entries, reading);
    case 'numerical':
      return scoreByNumber(entries, select.order);
    case 'alphabetical':
      return scoreByAlphabet(entries, select.order);
    case 'newest':
      return scoreByTime(entries, { time: select.time, now });
  }
}

/** False for a tag that compares but lies outside of what the selection asks for. */
export function admits(select: Selection, { version }: Scored): boolean {
  return select.by !== 'semver' || version === null || versionInRange(version, select);
}

/** The name a template gives to a candidate. */
export interface NameTemplate {
  /** True for a name that is the same for every candidate. */
  readonly literal: boolean;
  /** Throws TEMPLATE_INVALID when the candidate lacks a part of it. */
  render(scored: Scored): string;
}

/** Parses a channel's or backup's name; each combination of parts is rendered once. */
export function nameTemplate(text: string): NameTemplate {
  const template = parseTemplate(text);
  const references = templateReferences(template).map(({ name }) => name);
  const names = new Map<string, string>();
  return {
    literal: references.length === 0,
    render: ({ version }) => {
      const scope = version === null ? {} : versionScope(version);
      const key = references.map((name) => scope[name]).join('.');
      const known = names.get(key);
      if (known !== undefined) return known;
      const name = renderTemplate(template, scope);
      names.set(key, name);
      return name;
    },
  };
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
