import type { ImageTagPolicy } from '../model/policy.ts';
import { createNaming, createRanker, rankerWithout } from './candidates.ts';
import { writtenNames } from './channel-outputs.ts';
import { channelWishes } from './channels.ts';
import { copyWishes } from './copies.ts';
import type { Current } from './listed-tags.ts';
import { createReading } from './reading.ts';
import { retainWishes } from './retain.ts';
import { leftoverFindings, tagsWithout, visibleTags } from './visible-tags.ts';
import type { Wishes } from './wish.ts';

export interface ImageInput {
  /** Sorted by name. */
  readonly policies: readonly ImageTagPolicy[];
  readonly current: Current;
  readonly now: Date;
}

/** What all rules for registry tags want, before precedence is applied. */
export function imageWishes({ policies, current, now }: ImageInput): Wishes {
  const tags = visibleTags(current);
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
  const leftovers = policies.slice(0, 1).flatMap(({ name }) => leftoverFindings(tags, name));
  return {
    wishes: [...parts.flatMap(({ wishes }) => wishes), ...retained],
    findings: [...parts.flatMap(({ findings }) => findings), ...leftovers],
  };
}
