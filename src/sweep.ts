import { pMapIterable } from 'p-map';
import type { Policy, PolicySet } from './model/policy.ts';
import type { Report } from './model/report.ts';
import { type Attributes, type Discovered, type Target, targetKey } from './model/target.ts';
import { needsAllFacts } from './policy/facts.ts';
import { destinationsIn } from './policy/promotion.ts';
import { discoveryHints, needsAttributes, policiesFor } from './policy/selector.ts';
import { type DiscoveryHint, type Provider, providerOf } from './providers/provider.ts';
import { unknownReport } from './report/unknown.ts';

/** A target with the policies that select it. */
export interface Selected {
  readonly target: Target;
  /** Null: no policy asks for facts of this target. */
  readonly attributes: Attributes | null;
  readonly policies: readonly Policy[];
}

/** What a sweep walks. */
export interface SweepScope {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly set: PolicySet;
  /** By `account/path`; the others are met but not visited. */
  readonly isWanted: (target: string) => boolean;
}

type Asked = Required<Pick<DiscoveryHint, 'tags' | 'facts'>>;
const JUST_TARGETS: Asked = { tags: false, facts: 'all' };

/** Targets of one account in work at once; the account's own request budget is what limits it. */
const CONCURRENCY = 50;
/** Finished reports wait for a slow target without holding up the others. */
const VISITING = { concurrency: CONCURRENCY, backpressure: Number.POSITIVE_INFINITY };

/**
 * Visits every target that a policy of the set selects, all accounts side by side. An account that cannot be listed
 * yields one unknown report for `account/*` and does not stop the others. Sorted by target.
 */
export async function sweepAll(
  { providers, set, isWanted }: SweepScope,
  visit: (selected: Selected) => Promise<Report>,
  signal: AbortSignal,
): Promise<readonly Report[]> {
  const met = new Set<string>();
  const byAccount = await Promise.all(
    [...providers.values()].map(async (provider) => {
      const reports: Report[] = [];
      try {
        const wanted = keepWanted(discoverSelected(provider, set, JUST_TARGETS, signal), (key) => {
          const isNew = !met.has(key);
          met.add(key);
          return isNew && isWanted(key);
        });
        const select = async ({ target, attributes }: Discovered) =>
          await visit({ target, attributes, policies: policiesFor(set, target, attributes) });
        for await (const report of pMapIterable(wanted, select, VISITING)) reports.push(report);
      } catch (error) {
        const all = { account: provider.account, path: '*' };
        if (!signal.aborted) reports.push(unknown(provider, all, error));
      }
      return reports;
    }),
  );
  // Only now, so that no account is still at work when the caller closes its connections.
  signal.throwIfAborted();
  const key = (report: Report): string => targetKey(report.target);
  return byAccount.flat().sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

/**
 * Visits one target by its name, without listing its account. Empty: no policy selects it. Throws CONFIG_INVALID for
 * an account that is not configured.
 */
export async function visitTarget(
  { providers, set }: Omit<SweepScope, 'isWanted'>,
  target: Target,
  visit: (selected: Selected) => Promise<Report>,
  signal: AbortSignal,
): Promise<readonly Report[]> {
  const provider = providerOf(providers, target, 'visit');
  let selected: Selected;
  try {
    const asked = needsAttributes(set.policies, target.account);
    const attributes = asked ? await provider.describe(target, signal) : null;
    selected = { target, attributes, policies: policiesFor(set, target, attributes) };
  } catch (error) {
    signal.throwIfAborted();
    return [unknown(provider, target, error)];
  }
  if (selected.policies.length === 0) return [];
  const report = await visit(selected);
  signal.throwIfAborted();
  return [report];
}

async function* keepWanted(
  pages: AsyncIterable<readonly Discovered[]>,
  isWanted: (target: string) => boolean,
): AsyncGenerator<Discovered> {
  for await (const page of pages) {
    for (const found of page) if (isWanted(targetKey(found.target))) yield found;
  }
}

/** Where a policy's targets are looked for, and what is to be told of them. */
export interface DiscoveryScope extends Pick<SweepScope, 'providers' | 'set'> {
  /** True: tags are welcome, where a call tells those of many targets at once. */
  readonly tags: boolean;
  /** True: lists are asked that need not be when calls are to be saved. */
  readonly isFull: boolean;
}

/** The targets one policy selects, page by page. An account that fails does not hide the others; its error is thrown at the end. */
export async function* discoverPolicy(
  { providers, set, tags, isFull }: DiscoveryScope,
  policy: Policy,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  const failures: unknown[] = [];
  for (const account of new Set(policy.targets.map((selector) => selector.account))) {
    const provider = providers.get(account);
    if (provider === undefined) continue;
    try {
      // Facts are carried on to the pass, which goes by all policies.
      const isBasic = tags && !isFull && !needsAllFacts(set.policies, account);
      const asked: Asked = { tags, facts: isBasic ? 'basic' : 'all' };
      yield* discoverSelected(provider, { ...set, policies: [policy] }, asked, signal);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * The targets of one account that any policy selects, and where policies promote their content to, which another walk may
 * meet again; throws when the account cannot be listed to the end.
 */
async function* discoverSelected(
  provider: Provider,
  set: PolicySet,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  const policies = set.policies.filter((policy) => isNamed(policy, provider.account));
  if (policies.length === 0) return;
  const hint = { ...hintFor(policies, provider.account), ...asked };
  const promotes = policies.some((one) => one.kind === 'ImageTagPolicy' && one.promote.length > 0);
  for await (const page of provider.discover(hint, signal)) {
    const own = page.filter(
      ({ target, attributes }) => policiesFor(set, target, attributes).length > 0,
    );
    yield promotes ? [...own, ...page.flatMap((found) => destinationsOf(set, found))] : own;
  }
}

/** Where content of a target is promoted to. It need not be there yet, so its own account may never tell of it. */
function destinationsOf(set: PolicySet, { target: from }: Discovered): readonly Discovered[] {
  return destinationsIn(set, from).map((target) => ({ target, attributes: {} }));
}

function isNamed(policy: Policy, account: string): boolean {
  return !policy.suspend && policy.targets.some((selector) => selector.account === account);
}

/** The narrowest hint that still covers every policy. */
function hintFor(policies: readonly Policy[], account: string): DiscoveryHint {
  const hints = policies.flatMap((policy) => {
    const hint = discoveryHints(policy).get(account);
    return hint === undefined ? [] : [hint];
  });
  const visibilities = new Set(hints.map((hint) => hint.visibility));
  const [visibility] = visibilities;
  return {
    visibility: visibilities.size === 1 ? (visibility ?? null) : null,
    paths: hints.every((hint) => hint.paths !== null)
      ? [...new Set(hints.flatMap((hint) => hint.paths ?? []))].sort()
      : null,
  };
}

function unknown(provider: Provider, target: Target, error: unknown): Report {
  return unknownReport({ target, name: null, provider: provider.name }, error);
}
