import type { ImageTagPolicy, PromoteRule } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { type Target, targetKey } from '../model/target.ts';
import { destinationsOf, suppliesOf } from '../policy/promotion.ts';
import { createRanker, type NameTemplate, type Ranker } from './candidates.ts';
import { gapFindings, renderChoice } from './eligible.ts';
import { currentOf } from './listed-tags.ts';
import { type Pick, picksOf } from './picks.ts';
import { createReading } from './reading.ts';
import { type VisibleTags, visibleTags } from './visible-tags.ts';
import {
  BLOCK,
  findingAt,
  HOLD,
  type Origin,
  originOf,
  RANK,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

/** Tags of the repositories that content is promoted from, by target key; null: could not be read. */
export type Sources = ReadonlyMap<string, readonly ListedTag[] | null>;

/** Every repository whose content the policies bring to a target, each once. */
export function promotionSources(
  policies: readonly ImageTagPolicy[],
  target: Target,
): readonly Target[] {
  const sources = policies.flatMap((policy) =>
    suppliesOf(policy, target).map(({ source }) => source),
  );
  if (sources.length === 0) return sources;
  return [...new Map(sources.map((source) => [targetKey(source), source])).values()];
}

export interface PromotionInput {
  readonly target: Target;
  readonly tags: VisibleTags;
  readonly sources: Sources;
  readonly naming: (text: string) => NameTemplate;
  readonly now: Date;
}

/** What a policy wants to bring to the target from elsewhere. */
export function promotionWishes(policy: ImageTagPolicy, input: PromotionInput): Wishes[] {
  return suppliesOf(policy, input.target).map(({ rule, path, source }) => {
    const key = targetKey(source);
    const because = `promoted from "${key}": ${renderChoice(rule)}`;
    const origin = originOf(policy, path, because);
    const listed = input.sources.get(key) ?? null;
    if (listed === null) return unreadable(origin, key, input);
    return supplied({ rule, origin, source, listed }, input);
  });
}

/** What would be promoted is not known, so nothing may be deleted that perhaps would. */
function unreadable(origin: Origin, key: string, { tags }: PromotionInput): Wishes {
  const because = `what "${key}" holds could not be read`;
  const message = `Cannot promote from "${key}": its tags could not be read, so nothing is deleted here meanwhile`;
  return {
    wishes: tags.all.map(({ name }) => wish({ ...origin, because }, name, RANK.assert, HOLD)),
    findings: [findingAt(origin, 'error', message)],
  };
}

interface Supplied {
  readonly rule: PromoteRule;
  readonly origin: Origin;
  readonly source: Target;
  readonly listed: readonly ListedTag[];
}

function supplied(supply: Supplied, input: PromotionInput): Wishes {
  const { rule, origin, source, listed } = supply;
  const { naming, now } = input;
  const { all } = visibleTags(currentOf(listed));
  const ranker = createRanker(all, createReading(), now);
  const { picks, admitted } = picksOf(rule, { ranker, naming, now });
  const key = targetKey(source);
  const parts = picks.map((pick) => promote(pick, supply, input.tags));
  const gaps = gapFindings({ what: `Promotion from "${key}"`, rule, origin }, admitted);
  const seen = admitted.length === 1 ? '1 tag compares' : `${admitted.length} tags compare`;
  const message = `Nothing to promote from "${key}": ${seen}, none is the ${renderChoice(rule)}`;
  return {
    wishes: parts.flatMap(({ wishes }) => wishes),
    findings: [
      ...parts.flatMap(({ findings }) => findings),
      ...gaps,
      ...(picks.length === 0 ? [findingAt(origin, 'info', message)] : []),
    ],
  };
}

function promote(
  { name, scored, rival, better }: Pick,
  { rule, origin, source }: Supplied,
  tags: VisibleTags,
): Wishes {
  const { tag } = scored;
  const from = `"${tag.name}" of "${targetKey(source)}"`;
  const stays = stay({ origin, name, from });
  const there = tags.find(name);
  if (rival !== null) {
    return stays('warning', `"${rival.name}" ranks the same there but differs in content`);
  }
  const { value } = tag;
  if (value === null) return stays('warning', 'the digest there is not known');
  const bind = { type: 'bind', value, from: tag.name, source, referrers: rule.referrers } as const;
  const wanted = { wishes: [wish(origin, name, RANK.assert, bind)], findings: [] };
  if (there === null || there.value === value) return wanted;
  if (there.value === null) return stays('warning', `the digest of "${name}" here is not known`);
  if (rule.noClobber) {
    return stays('warning', `"${name}" has other content here and noClobber is true`);
  }
  const newer = better(there.value);
  return newer === null ? wanted : stays('info', `it is on "${newer.name}" here, which is newer`);
}

/** The name keeps what it has, and no other rule may delete it. */
function stay({ origin, name, from }: { origin: Origin; name: string; from: string }) {
  return (severity: 'info' | 'warning', reason: string): Wishes => {
    const because = `stays: ${reason}`;
    const message = `Cannot promote ${from} to "${name}": ${reason}`;
    return {
      wishes: [wish({ ...origin, because }, name, RANK.assert, BLOCK)],
      findings: [findingAt(origin, severity, message)],
    };
  };
}

export interface GivingInput {
  readonly target: Target;
  /** Of all visible tags here. */
  readonly ranker: Ranker;
  readonly naming: (text: string) => NameTemplate;
  readonly now: Date;
}

/** Keeps here what is to be brought elsewhere, now or when it is old enough. */
export function promotionHolds(policy: ImageTagPolicy, input: GivingInput): Wish[] {
  if (destinationsOf(policy, input.target).length === 0) return [];
  return policy.promote.flatMap((rule, index) => {
    const origin = originOf(policy, `promote[${index}]`, `to be promoted: ${renderChoice(rule)}`);
    const later = { ...rule, minAgeMs: 0 };
    const names = [rule, later].flatMap((one) =>
      picksOf(one, input).picks.map(({ scored }) => scored.tag.name),
    );
    return [...new Set(names)].map((name) => wish(origin, name, RANK.assert, HOLD));
  });
}
