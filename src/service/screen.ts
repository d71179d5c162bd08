import type { Clouds } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { memoize } from '../model/memo.ts';
import type { Plan } from '../model/plan.ts';
import type { Policy, PolicySet } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { type Discovered, targetKey } from '../model/target.ts';
import { planTarget } from '../plan/plan.ts';
import { statusOf } from '../plan/status.ts';
import { needsAllFacts } from '../policy/facts.ts';
import { policiesFor } from '../policy/selector.ts';
import { providerOf } from '../providers/provider.ts';
import { nameOf } from '../reconcile.ts';
import type { PolicySource } from '../sources/policy-source.ts';
import type { Sighting, Store } from '../store/store.ts';
import { type ConcludeParts, type Conclusion, concludeAll } from './conclude.ts';
import { dueAt } from './due.ts';
import { logReport } from './log.ts';
import { fingerprintOf, markPlace, markState } from './mark.ts';
import type { Observer } from './observe.ts';

export interface ScreenParts extends ConcludeParts {
  readonly config: Pick<Config, 'guards' | 'inUse'>;
  readonly clouds: Pick<Clouds, 'providers' | 'protect' | 'now'>;
  readonly source: Pick<PolicySource, 'current'>;
  readonly store: ConcludeParts['store'] & Pick<Store, 'confirm' | 'finishAll'>;
  readonly observer: Pick<Observer, 'ended'>;
}

/** What holds for a whole sweep. */
export interface ScreenFacts {
  /** Nothing was seen before. */
  readonly seenAt: Date;
  /** True: what cannot have changed gets a pass all the same. */
  readonly isFull: boolean;
  readonly correlationId: string;
  /** Keys of targets that are left to their passes. */
  readonly apart: ReadonlySet<string>;
}

/**
 * Tells the targets of a chunk that need a pass from those that are as they should be: they are as they were when they
 * were last found so, or the plan of the tags that discovery brought says so, made as a pass makes it. Of the latter it
 * is kept that they were seen. Never writes to a cloud; whatever is in doubt gets a pass.
 */
export function createScreen(
  parts: ScreenParts,
  facts: ScreenFacts,
): (chunk: readonly Discovered[]) => Promise<readonly Discovered[]> {
  return async (chunk) => {
    const { clouds, source, store } = parts;
    const screening = { parts, facts, set: source.current(), now: clouds.now() };
    const look = createLook(screening);
    const states: State[] = [];
    const visits = new Set<Discovered>();
    for (const found of chunk) {
      const state = look(found);
      if (state === null) visits.add(found);
      else states.push(state);
    }
    const times = { seenAt: facts.seenAt, now: screening.now };
    const news = new Set((await store.confirm(states, times)).map(targetKey));
    const records: Conclusion[] = [];
    for (const state of states) {
      if (news.size === 0 || !news.has(targetKey(state.target))) continue;
      const record = judge(screening, state);
      if (record === null) visits.add(state.found);
      else records.push(record);
    }
    await keep(parts, records);
    return chunk.filter((found) => visits.has(found));
  };
}

interface Screening {
  readonly parts: ScreenParts;
  readonly facts: ScreenFacts;
  readonly set: PolicySet;
  readonly now: Date;
}

/** The state of a target that would need no pass if it was found good before. */
interface State extends Sighting {
  readonly found: Discovered;
  readonly policies: readonly Policy[];
}

/** Null: the target needs a pass. */
function createLook(screening: Screening): (found: Discovered) => State | null {
  const { set, facts } = screening;
  // Both are asked of thousands of targets of few accounts.
  const wantsAll = remember((account: string) => needsAllFacts(set.policies, account));
  const places = createPlaces(screening);
  return (found) => {
    const { target, attributes, isPartial = false, tags = null } = found;
    const isApart = facts.apart.size > 0 && facts.apart.has(targetKey(target));
    const isLeft = isApart || (isPartial && wantsAll(target.account));
    if (isLeft || (tags === null && facts.isFull)) return null;
    const fingerprint = fingerprintOf(found);
    const policies = policiesFor(set, target, attributes);
    if (fingerprint === null || policies.length === 0) return null;
    const place = places(target.account, policies);
    if (place === null) return null;
    const mark = markState(place.mark, fingerprint);
    return { found, policies, target, mark, dueAt: place.dueAt };
  };
}

interface Place {
  readonly mark: string;
  readonly dueAt: Date | null;
}

/** Targets that share account and policies share their surroundings. Null: nothing stands for them. */
function createPlaces({ parts: { clouds, config }, set, now }: Screening) {
  const known = new Map<string, Place | null>();
  let last: (Surrounded & { readonly place: Place | null }) | null = null;
  const lookUp = ({ account, policies }: Surrounded): Place | null => {
    let key = account;
    for (const { name } of policies) key += ` ${name}`;
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const mark = markPlace({
      revision: set.revision,
      policies,
      protect: clouds.protect(account),
      maxDeletePercent: config.guards.maxDeletePercent,
      asksInUse: config.inUse !== null,
      now,
    });
    const place = mark === null ? null : { mark, dueAt: dueAt(policies, now) };
    known.set(key, place);
    return place;
  };
  return (account: string, policies: readonly Policy[]): Place | null => {
    // Nearly always those of the target before.
    if (last === null || !isSame(last, { account, policies })) {
      last = { account, policies, place: lookUp({ account, policies }) };
    }
    return last.place;
  };
}

type Surrounded = { readonly account: string; readonly policies: readonly Policy[] };

function isSame(one: Surrounded, other: Surrounded): boolean {
  return (
    one.account === other.account &&
    one.policies.length === other.policies.length &&
    one.policies.every((policy, at) => policy === other.policies[at])
  );
}

function remember<T>(compute: (key: string) => T): (key: string) => T {
  return memoize(Number.POSITIVE_INFINITY, compute);
}

/** What a pass over a target would put on record, by the tags that discovery brought; null: the target needs one. */
function judge(screening: Screening, { found, policies, mark, dueAt: due }: State) {
  const { target, attributes, tags = null } = found;
  if (tags === null) return null;
  const { parts, facts, set, now } = screening;
  const plan = planOf(screening, { found, policies, tags });
  if (plan === null || statusOf(plan) !== 'in-sync') return null;
  const provider = providerOf(parts.clouds.providers, target, 'screen').name;
  const name = nameOf({ target, attributes });
  const report = { target, name, provider, status: 'in-sync', plan, performed: [] } as const;
  const { correlationId } = facts;
  const told = {
    passedAt: now,
    revision: set.revision,
    correlationId,
    runId: null,
    baseline: null,
  };
  const names = policies.map(({ name }) => name);
  return { report, facts: told, policies: names, dueAt: due, mark } satisfies Conclusion;
}

interface Planned extends Pick<State, 'found' | 'policies'> {
  readonly tags: readonly ListedTag[];
}

/** Baseline and contents in use bear on deletes alone, of which an empty plan has none. Null: a pass tells what is wrong. */
function planOf(
  { parts: { clouds, config }, now }: Screening,
  { found: { target, attributes }, policies, tags }: Planned,
): Plan | null {
  const { capabilities } = providerOf(clouds.providers, target, 'screen');
  try {
    return planTarget({
      target,
      policies,
      listing: { target, tags },
      attributes,
      images: new Map([[target.path, tags]]),
      capabilities,
      guards: config.guards,
      protect: clouds.protect(target.account),
      baseline: null,
      confirmed: new Set(),
      now,
    });
  } catch {
    return null;
  }
}

/** Puts on record what passes would have; what is not recorded is news to the next sweep as well. */
async function keep(parts: ScreenParts, records: readonly Conclusion[]): Promise<void> {
  for (const { report, policies, facts } of records) {
    parts.observer.ended({ report, policies, event: null });
    logReport(parts.log, report, facts);
  }
  try {
    await concludeAll(parts, records);
  } catch (error) {
    parts.log.error({ targets: records.length, error: String(error) }, 'states were not recorded');
  }
}
