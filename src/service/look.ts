import type { Clouds } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { type Look, lookAt } from '../look.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import type { PlanInput } from '../plan/plan.ts';
import { policiesFor } from '../policy/selector.ts';
import { providerOf } from '../providers/provider.ts';
import type { Store } from '../store/store.ts';
import { inUsePart } from './in-use.ts';

export interface LookParts {
  readonly config: Pick<Config, 'guards'> & Partial<Pick<Config, 'inUse'>>;
  /** Absent: nobody remembers when a tag was first seen. */
  readonly store?: Pick<Store, 'firstSeen' | 'learned' | 'learn'>;
  readonly clouds: Pick<Clouds, 'providers' | 'protect' | 'now'>;
  readonly set: PolicySet;
}

/** One target as it is now, with its facts, for whoever shows or records it. Throws what the provider throws. */
export async function look(
  { config, clouds, set, store }: LookParts,
  target: Target,
  signal: AbortSignal,
): Promise<PlanInput> {
  const provider = providerOf(clouds.providers, target, 'look at');
  const attributes = await provider.describe(target, signal);
  const pass = {
    target,
    policies: policiesFor(set, target, attributes),
    attributes,
    guards: config.guards,
    protect: clouds.protect(target.account),
    baseline: null,
    confirmed: new Set<string>(),
    now: clouds.now,
    ...inUsePart(config.inUse ?? null, store ?? null, clouds.now),
    ...(store === undefined ? {} : { firstSeen: firstSeenIn(store) }),
  };
  return await lookAt(provider, pass, signal);
}

function firstSeenIn(store: Pick<Store, 'firstSeen'>): NonNullable<Look['firstSeen']> {
  return async (target, names, now) => await store.firstSeen(target, names, now);
}
