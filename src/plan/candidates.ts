import type { ChannelRule, Selection } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { VERSION_REFERENCES, type Version, versionScope } from '../policy/semver.ts';
import { parseTemplate, renderTemplate, templateReferences } from '../policy/template.ts';
import type { PlacedTag } from './listed-tags.ts';
import { rangeTest } from './range-test.ts';
import type { Reading } from './reading.ts';
import { scoreByAlphabet } from './select/alphabetical.ts';
import { scoreByTime } from './select/newest.ts';
import { scoreByNumber } from './select/numerical.ts';
import type { Entries, Scored } from './select/scored.ts';
import { scoreBySemver } from './select/semver.ts';

type Compared = Pick<ChannelRule, 'filter' | 'select'>;

/** Every tag the rule can compare, equal ones by name; the same list for the same question. */
export type Ranker = (rule: Compared) => readonly Scored[];

/** Ranks tags sorted by name for one plan; rules that compare alike share one ranking. */
export function createRanker(tags: readonly PlacedTag[], reading: Reading, now: Date): Ranker {
  const rankings = new Map<string, readonly Scored[]>();
  return ({ filter, select }) => {
    const key = JSON.stringify([filter, select.by === 'semver' ? null : select]);
    const known = rankings.get(key);
    if (known !== undefined) return known;
    const ranking = rank(entriesOf({ filter, select }, tags, reading), select, reading, now);
    rankings.set(key, ranking);
    return ranking;
  };
}

/** Leaves tags out of every ranking. */
export function rankerWithout(ranker: Ranker, tags: ReadonlySet<ListedTag>): Ranker {
  if (tags.size === 0) return ranker;
  const rankings = new Map<readonly Scored[], readonly Scored[]>();
  return (rule) => {
    const all = ranker(rule);
    const known = rankings.get(all) ?? all.filter(({ tag }) => !tags.has(tag));
    rankings.set(all, known);
    return known;
  };
}

/** Only those tags that may compare, as far as the beginning of a name tells. */
function entriesOf(
  { filter, select }: Compared,
  tags: readonly PlacedTag[],
  reading: Reading,
): Entries {
  if (filter !== null) {
    return {
      tags: reading.promising(filter.pattern, tags),
      textOf: filteredText(filter, reading),
    };
  }
  return { tags: select.by === 'semver' ? reading.numbered(tags) : tags, textOf: nameOf };
}

function nameOf({ name }: ListedTag): string {
  return name;
}

function filteredText(
  { pattern: text, extract }: NonNullable<ChannelRule['filter']>,
  reading: Reading,
): Entries['textOf'] {
  if (extract !== null) {
    const part = reading.part(text, extract);
    return ({ name }) => part(name);
  }
  const pattern = reading.pattern(text);
  return ({ name }) => (pattern.matches(name) ? name : null);
}

function rank(entries: Entries, select: Selection, reading: Reading, now: Date): readonly Scored[] {
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
export function admission(select: Selection): (scored: Scored) => boolean {
  if (select.by !== 'semver') return () => true;
  const inRange = rangeTest(select);
  return ({ version }) => version === null || inRange(version);
}

/** The name a template gives to a candidate. */
export interface NameTemplate {
  /** True for a name that is the same for every candidate. */
  readonly literal: boolean;
  /** Throws TEMPLATE_INVALID when the candidate lacks a part of it. */
  render(scored: Scored): string;
}

/** Parses a channel's or backup's name; each combination of parts is rendered once. */
function nameTemplate(text: string): NameTemplate {
  const template = parseTemplate(text);
  const references = new Set(templateReferences(template).map(({ name }) => name));
  const uses = VERSION_REFERENCES.filter((name) => references.has(name));
  const keyOf = (version: Version): string => {
    let key = '';
    for (const part of uses) key += `${version[part]}.`;
    return key;
  };
  const names = new Map<string, string>();
  let last: Version | null = null;
  let lastName = '';
  return {
    literal: references.size === 0,
    render: ({ version }) => {
      // Versions come in order, so most are named like the one before, and need no key.
      if (version !== null && last !== null && agree(uses, version, last)) return lastName;
      const key = version === null ? '' : keyOf(version);
      const name =
        names.get(key) ?? renderTemplate(template, version === null ? {} : versionScope(version));
      names.set(key, name);
      last = version;
      lastName = name;
      return name;
    },
  };
}

function agree(
  parts: readonly (typeof VERSION_REFERENCES)[number][],
  left: Version,
  right: Version,
): boolean {
  for (const part of parts) if (left[part] !== right[part]) return false;
  return true;
}

/** Parses each name once in a plan. */
export function createNaming(): (text: string) => NameTemplate {
  const known = new Map<string, NameTemplate>();
  return (text) => {
    const template = known.get(text) ?? nameTemplate(text);
    known.set(text, template);
    return template;
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
