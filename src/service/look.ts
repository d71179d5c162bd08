import type { Clouds } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import type { PlanInput } from '../plan/plan.ts';
import { policiesFor } from '../policy/selector.ts';
import { providerOf } from '../providers/provider.ts';
import { lookAt } from '../reconcile.ts';

export interface LookParts {
  readonly config: Pick<Config, 'guards'>;
  readonly clouds: Pick<Clouds, 'providers' | 'protect' | 'now'>;
  readonly set: PolicySet;
}

/** One target as it is now, with its facts, for whoever shows or records it. Throws what the provider throws. */
export async function look(
  { config, clouds, set }: LookParts,
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
  };
  return await lookAt(provider, pass, signal);
}
