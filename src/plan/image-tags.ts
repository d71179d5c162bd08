import type { ImageTagPolicy } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import { suppliesOf } from '../policy/promotion.ts';
import { createNaming, createRanker, rankerWithout } from './candidates.ts';
import { writtenNames } from './channel-outputs.ts';
import { channelWishes } from './channels.ts';
import { copyWishes } from './copies.ts';
import type { Current } from './listed-tags.ts';
import { promotionHolds, promotionWishes, type Sources } from './promotions.ts';
import { createReading } from './reading.ts';
import { retainWishes } from './retain.ts';
import { leftoverFindings, tagsWithout, visibleTags } from './visible-tags.ts';
import type { Wishes } from './wish.ts';

export interface ImageInput {
  /** Sorted by name. */
  readonly policies: readonly ImageTagPolicy[];
  readonly current: Current;
  readonly target: Target;
  readonly sources: Sources;
  readonly now: Date;
}

/** What all rules for registry tags want, before precedence is applied. */
export function imageWishes({ policies: all, current, ...input }: ImageInput): Wishes {
  const { target, now } = input;
  const tags = visibleTags(current);
  // A policy that only brings content here has no other rules for this target.
  const policies = all.filter((policy) => suppliesOf(policy, target).length === 0);
  const reading = createReading();
  const ranker = createRanker(tags.all, reading, now);
  const naming = createNaming();
  const names = writtenNames(policies, { ranker, naming, reading });
  const written = new Set([...names].flatMap((name) => tags.find(name) ?? []));
  const candidates = rankerWithout(ranker, written);
  const parts = policies.flatMap((policy) => [
    copyWishes(policy, tags),
    channelWishes(policy, { tags, ranker: candidates, naming, now }),
  ]);
  // What copies and channels write is always kept, and must not take the place of a pushed tag among the newest.
  const pushed = tagsWithout(tags.all, written);
  const retained = policies.flatMap((policy) =>
    retainWishes(policy, { tags: pushed, reading, now }),
  );
  const promoted = all.flatMap((policy) => promotionWishes(policy, { ...input, tags, naming }));
  const given = policies.flatMap((policy) =>
    promotionHolds(policy, { target, ranker, naming, now }),
  );
  const leftovers = all.slice(0, 1).flatMap(({ name }) => leftoverFindings(tags, name));
  return {
    wishes: [...[...parts, ...promoted].flatMap(({ wishes }) => wishes), ...given, ...retained],
    findings: [...[...parts, ...promoted].flatMap(({ findings }) => findings), ...leftovers],
  };
}
