import type { Policy } from '../../src/model/policy.ts';
import type { Target } from '../../src/model/target.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { reconcile } from '../../src/reconcile.ts';

/** One pass over a target with nothing but the policies to hold it back: no guard by share, no pause, no baseline. */
export async function onePass(provider: Provider, target: Target, policies: readonly Policy[]) {
  return await reconcile(
    provider,
    {
      target,
      policies,
      attributes: null,
      guards: { maxDeletePercent: 100 },
      protect: [],
      baseline: null,
      confirmed: new Set(),
      now: () => new Date(),
      dryRun: false,
    },
    { signal: new AbortController().signal },
  );
}

/** The same provider, with something that happens right after the first listing. */
export function afterListing(provider: Provider, happen: () => Promise<void> | void): Provider {
  let happened = false;
  return {
    ...provider,
    async list(target, signal) {
      const listing = await provider.list(target, signal);
      if (!happened) await happen();
      happened = true;
      return listing;
    },
  };
}
