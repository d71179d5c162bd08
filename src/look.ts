import { ReconcileError } from './model/errors.ts';
import type { InUse } from './model/in-use.ts';
import type { Listing } from './model/listing.ts';
import type { Plan } from './model/plan.ts';
import type { ImageTagPolicy, Policy } from './model/policy.ts';
import type { ListedTag, Tag } from './model/tag.ts';
import { type Attributes, type Target, targetKey } from './model/target.ts';
import { copySources } from './plan/copy-from.ts';
import { type PlanInput, planTarget } from './plan/plan.ts';
import { promotionSources, type Sources } from './plan/promotions.ts';
import {
  type FactNeeds,
  needsAt,
  needsFirstSeen,
  needsOfSource,
  wantedChildren,
  wantedFacts,
} from './plan/wanted-facts.ts';
import type { Provider } from './providers/provider.ts';

/** What is looked at, and by which rules it is judged. */
export interface Look {
  readonly target: Target;
  /** Those that select the target or promote to it, suspended ones left out. */
  readonly policies: readonly Policy[];
  readonly attributes: Attributes | null;
  readonly guards: { readonly maxDeletePercent: number };
  /** Patterns of the account, set outside of the policies. */
  readonly protect: readonly string[];
  /** Tags at the last complete listing; null: not known. */
  readonly baseline: number | null;
  /** Plan digests a person let through. */
  readonly confirmed: ReadonlySet<string>;
  readonly now: () => Date;
  /** When each name of a target was first seen, `now` for new ones. Absent: nobody remembers, so no tag is old by that. */
  readonly firstSeen?: (
    target: Target,
    names: readonly string[],
    now: Date,
  ) => Promise<ReadonlyMap<string, Date>>;
  /** Contents whose names must not be deleted. Absent: nobody asked for that. */
  readonly inUse?: ((signal: AbortSignal) => Promise<InUse>) | undefined;
  /** What will be made of it. Absent: planTarget(), by the policies. */
  readonly planner?: (input: PlanInput) => Plan;
}

/** Everything the plan of a pass depends on, read now. */
export async function lookAt(
  provider: Provider,
  look: Look,
  signal: AbortSignal,
): Promise<PlanInput> {
  const { target, policies, attributes, guards, protect, baseline, confirmed } = look;
  const image = policies.filter((policy) => policy.kind === 'ImageTagPolicy');
  const places = image.length === 0 ? NOWHERE : promotionSources(image, target);
  const isGoal = places.length > 0;
  const listed = await (isGoal
    ? listGoal(provider, target, signal)
    : provider.list(target, signal));
  const images = new Map<string, readonly Tag[] | null>([[target.path, listed.tags]]);
  if (policies.some(copies)) await listImages(provider, look, images, signal);
  const sources = isGoal
    ? await listSources({ provider, look, image }, places, signal)
    : NO_SOURCES;
  const tags =
    image.length === 0
      ? listed.tags
      : await withOwnFacts({ provider, look, image }, listed.tags, signal);
  const seen = {
    target,
    policies,
    attributes,
    guards,
    protect,
    baseline,
    confirmed,
    listing: { target, tags },
    images,
    sources,
    inUse: look.inUse === undefined ? null : await look.inUse(signal),
    capabilities: provider.capabilities,
    now: look.now(),
  };
  if (seen.inUse?.status !== 'known' || seen.inUse.digests.size === 0) return seen;
  return { ...seen, inUse: await withChildren({ provider, look }, seen, seen.inUse, signal) };
}

const NOWHERE: readonly Target[] = [];
const NO_SOURCES: Sources = new Map();

function copies(policy: Policy): boolean {
  return policy.kind === 'ResourceTagPolicy' && policy.tags.copyFrom.length > 0;
}

/** Where something runs, with what the contents that would go are made of: runtimes may report an image of an index. */
async function withChildren(
  { provider, look: { planner = planTarget } }: Asking,
  seen: PlanInput,
  inUse: Extract<InUse, { status: 'known' }>,
  signal: AbortSignal,
): Promise<InUse> {
  const { target, capabilities } = seen;
  if (provider.facts === undefined || capabilities.kind !== 'image') return inUse;
  const wanted = wantedChildren(planner({ ...seen, inUse: null }), inUse.digests);
  const facts = wanted.length === 0 ? null : await provider.facts(target, wanted, signal);
  if (facts === null) return inUse;
  return {
    ...inUse,
    children: new Map(Array.from(facts, ([digest, { children }]) => [digest, children])),
  };
}

/** A repository that a promotion will make is not there yet; of any other it is an error that it is not. */
async function listGoal(provider: Provider, target: Target, signal: AbortSignal): Promise<Listing> {
  try {
    return await provider.list(target, signal);
  } catch (error) {
    const isGone = error instanceof ReconcileError && error.code === 'PROVIDER_NOT_FOUND';
    if (isGone) return { target, tags: [] };
    throw error;
  }
}

/** Adds the tags of the images whose keys the policies copy; null for one that cannot be read, which the plan reports. */
async function listImages(
  provider: Provider,
  { target, policies, attributes }: Pick<Look, 'target' | 'policies' | 'attributes'>,
  images: Map<string, readonly Tag[] | null>,
  signal: AbortSignal,
): Promise<void> {
  for (const path of copySources(policies, attributes)) {
    if (images.has(path)) continue;
    try {
      const source = await provider.list({ account: target.account, path }, signal);
      images.set(path, source.tags);
    } catch {
      signal.throwIfAborted();
      images.set(path, null);
    }
  }
}

interface Asking {
  readonly provider: Provider;
  readonly look: Pick<Look, 'target' | 'firstSeen' | 'now' | 'planner'>;
}

interface AskingFor extends Asking {
  readonly image: readonly ImageTagPolicy[];
}

/** Tags of the repositories that content is promoted from; null for one that cannot be read, which the plan reports. */
async function listSources(
  { provider, look, image }: AskingFor,
  sources: readonly Target[],
  signal: AbortSignal,
): Promise<Sources> {
  const given = new Map<string, readonly ListedTag[] | null>();
  for (const source of sources) {
    const key = targetKey(source);
    try {
      const { tags } = await provider.list(source, signal);
      const needs = needsOfSource(image, look.target, source);
      const found = { target: source, tags, needs };
      given.set(key, await withFacts({ provider, look }, found, signal));
    } catch {
      signal.throwIfAborted();
      given.set(key, null);
    }
  }
  return given;
}

async function withOwnFacts(
  { provider, look, image }: AskingFor,
  tags: readonly ListedTag[],
  signal: AbortSignal,
): Promise<readonly ListedTag[]> {
  const { target } = look;
  return await withFacts(
    { provider, look },
    { target, tags, needs: needsAt(image, target) },
    signal,
  );
}

interface Found {
  readonly target: Target;
  readonly tags: readonly ListedTag[];
  readonly needs: FactNeeds;
}

/** The tags with what the rules ask for besides: platforms, build times, first sight. Costs nothing where none does. */
async function withFacts(
  { provider, look }: Asking,
  { target, tags, needs }: Found,
  signal: AbortSignal,
): Promise<readonly ListedTag[]> {
  const now = look.now();
  const digests = provider.facts === undefined ? [] : wantedFacts(needs, tags, now);
  const facts = digests.length > 0 ? await provider.facts?.(target, digests, signal) : undefined;
  const seen = needsFirstSeen(needs)
    ? await look.firstSeen?.(target, tags.map(sightOf), now)
    : undefined;
  if (facts === undefined && seen === undefined) return tags;
  return tags.map((tag) => {
    const fact = facts?.get(tag.value ?? '');
    return {
      ...tag,
      createdAt: tag.createdAt ?? fact?.createdAt ?? null,
      platforms: tag.platforms ?? fact?.platforms ?? null,
      firstSeenAt: seen?.get(sightOf(tag)) ?? null,
    };
  });
}

/** A name that is bound anew is seen for the first time again. */
function sightOf({ name, value }: ListedTag): string {
  return `${name}@${value ?? ''}`;
}
