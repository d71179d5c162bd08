import type { ProviderName } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import type { DigestFact } from '../model/digest-fact.ts';
import { ReconcileError } from '../model/errors.ts';
import type { Listing } from '../model/listing.ts';
import type { Operation, OperationType } from '../model/plan.ts';
import type { Promotion, RegistryContent } from '../model/promotion.ts';
import type { Tag } from '../model/tag.ts';
import { type Attributes, type Discovered, type Target, targetKey } from '../model/target.ts';
import type { WriteCheck } from '../model/write-check.ts';

/** Narrows discovery where the provider can; what it cannot narrow is filtered by the caller. */
export interface DiscoveryHint {
  readonly visibility: 'private' | 'public' | 'shared' | null;
  /** Exact paths (ids) when the policy names them all; null: everything. */
  readonly paths: readonly string[] | null;
  /** `basic`: BASIC_FACTS are enough, where fewer calls tell them. Absent: all. */
  readonly facts?: 'basic' | 'all';
  /** True: tags are welcome, where a call tells those of many targets at once. Absent: not. */
  readonly tags?: boolean;
}

/** What one write came to: how many requests it took. */
export interface PerformResult {
  readonly attempts: number;
}

export type { WriteCheck };

/** What an adapter hands to the function that makes one kind of write. */
export interface Write<Kind extends Operation> {
  readonly operation: Kind;
  readonly check: WriteCheck;
}

/** Several operations in as few requests as the cloud has calls for. */
export interface Batch {
  /** Types it takes; the operations of one call have the same. */
  readonly types: ReadonlySet<OperationType>;
  /** Most operations of one call. */
  readonly limit: number;
  /**
   * Performs operations on distinct names, in any order. Never throws: one result for each, in the order given, is what
   * perform() would have resolved with or thrown. Its promises about `check` and lost replies hold for each operation alone.
   */
  perform(
    target: Target,
    writes: readonly Write<Operation>[],
    signal: AbortSignal,
  ): Promise<readonly PromiseSettledResult<PerformResult>[]>;
}

/** Adapter to one cloud account. Lists and performs; never decides. Every call may throw ReconcileError. */
export interface Provider {
  readonly name: ProviderName;
  readonly account: string;
  readonly capabilities: Capabilities;
  /**
   * All targets of the account, each once, as many at a time as the cloud tells at once; throws LISTING_INCOMPLETE rather
   * than end early. Tags it gives along are complete.
   */
  discover(hint: DiscoveryHint, signal: AbortSignal): AsyncIterable<readonly Discovered[]>;
  /** Facts of one target; throws PROVIDER_NOT_FOUND. */
  describe(target: Target, signal: AbortSignal): Promise<Attributes>;
  /** The complete tags of a target; throws PROVIDER_NOT_FOUND, LISTING_INCOMPLETE. */
  list(target: Target, signal: AbortSignal): Promise<Listing>;
  /** One tag right now, for the check before a write and the read-back after it; null: not bound. */
  read(target: Target, name: string, signal: AbortSignal): Promise<Tag | null>;
  /**
   * Performs one operation. Resolves only when its effect is known to be there; a write whose reply was lost is
   * resolved by a read. Deleting a tag that is gone resolves. `check` is asked of every request that writes, at the moment
   * it would go out; what it throws is thrown, and that request is not sent.
   */
  perform(
    target: Target,
    operation: Operation,
    check: WriteCheck,
    signal: AbortSignal,
  ): Promise<PerformResult>;
  /** Absent: the cloud has no call for several operations. */
  readonly batch?: Batch;
  /**
   * What contents say about themselves, asked only where a policy needs it (createdAt, platforms). A digest that cannot be told
   * is left out; a fault throws. Absent or null: the provider tells nothing but what its listings say.
   */
  readonly facts?: (
    target: Target,
    digests: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, DigestFact> | null>;
  /** Lets promotions read what the account holds; absent: capabilities.missingContent says why. */
  readonly content?: RegistryContent;
  /**
   * Brings content of another repository here and binds the name to it: blobs first, then the manifests of the children,
   * the referrers when asked for, and the tag last. Only for providers whose capabilities name `promote`. Resolves only
   * when the name reads back as `operation.value`; promises of perform() about `check` and lost replies hold here too. A name
   * that turns out to be bound to other than `operation.replaces` throws TARGET_CHANGED.
   */
  readonly transfer?: (
    target: Target,
    promotion: Promotion,
    check: WriteCheck,
    signal: AbortSignal,
  ) => Promise<PerformResult>;
  close(): Promise<void>;
}

/**
 * The same provider with another way to perform. Without a `batch` of its own it performs one by one: that of `provider` would
 * go around `perform`.
 */
export function withPerform(
  provider: Provider,
  perform: Provider['perform'],
  batch: Batch | null = null,
): Provider {
  return {
    name: provider.name,
    account: provider.account,
    capabilities: provider.capabilities,
    discover: (hint, signal) => provider.discover(hint, signal),
    describe: (target, signal) => provider.describe(target, signal),
    list: (target, signal) => provider.list(target, signal),
    read: (target, name, signal) => provider.read(target, name, signal),
    perform,
    ...(batch === null ? {} : { batch }),
    ...optionalPartsOf(provider),
    close: () => provider.close(),
  };
}

/** What not every adapter has, as one that wraps it passes it on. */
function optionalPartsOf({ facts, content, transfer }: Provider) {
  return {
    ...(facts === undefined ? {} : { facts }),
    ...(content === undefined ? {} : { content }),
    ...(transfer === undefined ? {} : { transfer }),
  };
}

/** The provider of a target's account. Throws CONFIG_INVALID, saying what was to be done (`look at`), when there is none. */
export function providerOf(
  providers: ReadonlyMap<string, Provider>,
  target: Target,
  deed: string,
): Provider {
  const provider = providers.get(target.account);
  if (provider !== undefined) return provider;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot ${deed} "${targetKey(target)}": account "${target.account}" is not configured, ` +
      `wanted one of ${[...providers.keys()].join(', ')}`,
  );
}

/** What an adapter throws for a write that its registry has no call for. */
export function unsupported(
  target: Target,
  { type, tag }: Operation,
  reason = 'it takes the content of another repository with it',
): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot ${type} tag "${tag}" of "${targetKey(target)}": ${reason}`,
  );
}
