import type { Audit } from '../audit/stream.ts';
import type { Clouds } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import type { Policy, PolicySet } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import { type Attributes, targetKey } from '../model/target.ts';
import { needsAllFacts } from '../policy/facts.ts';
import { suppliesOf } from '../policy/promotion.ts';
import {
  concernsTarget,
  discoveryHints,
  needsAttributes,
  policiesFor,
} from '../policy/selector.ts';
import { type Provider, providerOf } from '../providers/provider.ts';
import type { EngineOptions, PassOptions, PassRefusal, ReconcileRequest } from '../queue/engine.ts';
import { reconcile } from '../reconcile.ts';
import { unknownReport } from '../report/unknown.ts';
import type { InUseReader } from '../sources/in-use.ts';
import type { PolicySource } from '../sources/policy-source.ts';
import type { PassFacts, Store } from '../store/store.ts';
import { withContext } from '../telemetry/context.ts';
import type { Log } from '../telemetry/log.ts';
import { admit, isTrusted } from './admit.ts';
import { conclude } from './conclude.ts';
import { dueAt } from './due.ts';
import type { Holds } from './holds.ts';
import { logReport } from './log.ts';
import { markAfter, type Surroundings } from './mark.ts';
import { guardsOf } from './newer-release.ts';
import type { Notifications } from './notify.ts';
import { eventOf, type Observer } from './observe.ts';
import { recordQuarantine } from './quarantine.ts';
import { forget, forgetStray } from './stray.ts';
import { createWrites } from './writes.ts';

export interface PassParts {
  readonly config: Pick<Config, 'guards'>;
  readonly clouds: Pick<Clouds, 'providers' | 'protect' | 'now'>;
  readonly source: Pick<PolicySource, 'current'>;
  readonly store: Store;
  readonly holds: Pick<Holds, 'reason' | 'refresh'>;
  /** What runs somewhere; absent: nobody asks. */
  readonly inUse?: InUseReader;
  readonly log: Log;
  /** Puts every write on record; null: nobody asked for it. */
  readonly audit: Audit | null;
  readonly observer: Observer;
  readonly notifications: Pick<Notifications, 'wanted' | 'tell'>;
  /** Id of this process. */
  readonly process: string;
  readonly newId: () => string;
  readonly random: () => number;
}

/** Facts seen at discovery are used for selection this long; older ones are read again. */
const ATTRIBUTES_FRESH_MS = 15 * 60_000;

/** One job: what the store knows of the target, which policies select it now, one pass, what the store shall know. */
export function createPass(parts: PassParts): EngineOptions['reconcile'] {
  return (request, options) => {
    const set = parts.source.current();
    const { target, correlationId } = request;
    const fields = {
      target: targetKey(target),
      correlation_id: correlationId,
      revision: set.revision,
    };
    const asked = { parts, request, set, options };
    return withContext(fields, () => parts.observer.during('total', () => begin(asked)));
  };
}

async function begin(asked: Omit<Pass, 'provider' | 'facts'>): Promise<Report | PassRefusal> {
  const { parts, request, set, options } = asked;
  const { store, clouds, process, log, random } = parts;
  const { now } = clouds;
  const provider = providerOf(clouds.providers, request.target, 'reconcile');
  const facts = await store.begin(request.target, { crash: request.crash, process }, now());
  const pass = { parts, request, set, options, provider, facts };
  if (isTrusted(facts)) return await perform(pass);
  const refusal = await admit({ store, log, now, random }, request, facts);
  if (refusal?.status === 'quarantined' && refusal.isNew) {
    await recordQuarantine(parts, { ...asked, facts, provider: provider.name, at: now() });
  }
  return refusal ?? (await perform(pass));
}

/** One pass under way. */
interface Pass {
  readonly parts: PassParts;
  readonly request: ReconcileRequest;
  readonly provider: Provider;
  readonly facts: PassFacts;
  /** The policies it goes by, whatever is loaded meanwhile. */
  readonly set: PolicySet;
  readonly options: PassOptions;
}

async function perform(pass: Pass): Promise<Report | PassRefusal> {
  const { parts, request, provider, set } = pass;
  const { target } = request;
  let attributes: Attributes | null;
  try {
    const read = readAttributes(pass);
    attributes = read instanceof Promise ? await read : read;
  } catch (error) {
    const report = unknownReport({ target, name: null, provider: provider.name }, error);
    return await finish(pass, report, { runId: null, policies: naming(set, target.account) });
  }
  const policies = policiesFor(set, target, attributes);
  if (policies.length === 0) return await leave(pass, attributes);
  const asked = parts.holds.refresh();
  if (asked !== null) await asked;
  const { options, book } = createWrites(pass);
  const report = await reconcile(provider, toPass(pass, { attributes, policies }), options);
  const written = book();
  const runId = written?.runId() ?? null;
  if (written !== null) {
    await written.end().catch((error: unknown) => {
      parts.log.warn({ run_id: runId, error: String(error) }, 'run was not closed');
    });
  }
  return await finish(pass, report, { runId, policies });
}

interface Selection {
  readonly attributes: Attributes | null;
  readonly policies: readonly Policy[];
}

const NONE_CONFIRMED: ReadonlySet<string> = new Set();

// One literal: with parts spread into it each pass would grow it property by property.
function toPass({ parts, request, facts }: Pass, { attributes, policies }: Selection) {
  const { clouds, config, store, log, observer } = parts;
  const { target } = request;
  return {
    target,
    policies,
    attributes,
    guards: guardsOf(config, { target, facts, log }),
    protect: clouds.protect(target.account),
    baseline: facts.baseline,
    confirmed: NONE_CONFIRMED,
    now: clouds.now,
    firstSeen: (place, names, now) => store.firstSeen(place, names, now),
    inUse: parts.inUse,
    dryRun: false,
    during: observer.during,
  } satisfies Parameters<typeof reconcile>[1];
}

interface Finished {
  readonly runId: string | null;
  /** Those that say when the next pass is due. */
  readonly policies: readonly Policy[];
}

/**
 * Tells what came of the pass, and what its job is to be told. The pass is over and its writes are made, so a store that
 * fails must not cause another one.
 */
async function finish(
  pass: Pass,
  report: Report,
  { runId, policies }: Finished,
): Promise<Report | PassRefusal> {
  const { parts, request, facts, set, options } = pass;
  const { store, log, clouds, observer, notifications } = parts;
  const passedAt = clouds.now();
  const { correlationId, target } = request;
  const { revision } = set;
  const names = policies.map(({ name }) => name);
  observer.ended({ report, policies: names, event: eventOf(request, passedAt) });
  const told = { passedAt, revision, correlationId, runId, baseline: facts.baseline };
  logReport(log, report, told);
  const tell = (): void => {
    const passed = { at: passedAt, revision, correlationId, runId, report, policies: names };
    notifications.tell({ ...passed, before: null, after: null });
  };
  // Interrupted: the job runs again soon, maybe elsewhere already, and what this pass did not see is no news.
  if (options.signal.aborted) {
    tell();
    return report;
  }
  const isGone = report.status === 'unknown' && report.code === 'PROVIDER_NOT_FOUND';
  if (isGone && isUnlisted(pass) && (await forget(store, target))) return { status: 'gone' };
  const isNamed = request.reason === 'webhook' && request.observedAt === null;
  if (report.status === 'unknown' && isNamed && (await forgetStray(store, target))) return report;
  try {
    await conclude(parts, {
      report,
      facts: told,
      policies: names,
      // A target that is gone is met again on discovery, should it come back.
      dueAt: isGone ? null : dueAt(policies, passedAt),
      mark: markAfter(report, request.fingerprint, () => around(pass, policies)),
    });
  } catch (error) {
    log.error({ target: targetKey(report.target), error: String(error) }, 'pass was not recorded');
    // How the target stands is told by the next pass, which will find the same record before it.
    tell();
  }
  return report;
}

function around(
  { parts: { config, clouds, inUse }, request: { target }, set }: Pass,
  policies: readonly Policy[],
): Surroundings {
  return {
    revision: set.revision,
    policies,
    protect: clouds.protect(target.account),
    maxDeletePercent: config.guards.maxDeletePercent,
    asksInUse: inUse !== undefined,
    now: clouds.now(),
  };
}

/** True: no sweep listed the target, and none will as long as its cloud has none. */
function isUnlisted({ request: { target, observedAt }, set }: Pass): boolean {
  if (observedAt !== null) return false;
  return !set.policies.some((policy) => {
    const named = discoveryHints(policy).get(target.account)?.paths ?? [];
    return (
      !policy.suspend && (named.includes(target.path) || suppliesOf(policy, target).length > 0)
    );
  });
}

/** Nobody asks for the target now. It is forgotten, unless a policy that asks for it is only suspended. */
async function leave(
  { parts: { store, log }, request: { target }, facts, set }: Pass,
  attributes: Attributes | null,
): Promise<PassRefusal> {
  const isWanted = set.policies.some(
    (policy) => concernsTarget(policy, target, attributes, null) !== false,
  );
  log.info({ target: targetKey(target), suspended: isWanted }, 'target is selected by no policy');
  const record = isWanted ? await store.target(target) : null;
  if (record !== null) await store.finish(record, null);
  // A record that a newer release keeps is wanted, and hidden here.
  else if (!isWanted || !facts.isOfNewerRelease) await store.forget(target);
  return { status: 'unselected' };
}

/** The facts the job carried when they are fresh enough, else a read; null when no rule needs them. */
function readAttributes({
  parts: { clouds },
  request: { target, attributes, observedAt, isPartial },
  provider,
  set,
  options,
}: Pass): Attributes | null | Promise<Attributes> {
  const ageMs = clouds.now().getTime() - (observedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
  const isEnough = isPartial !== true || !needsAllFacts(set.policies, target.account);
  if (attributes !== null && isEnough && ageMs < ATTRIBUTES_FRESH_MS) return attributes;
  if (!needsAttributes(set.policies, target.account)) return null;
  return provider.describe(target, options.signal);
}

function naming({ policies }: PolicySet, account: string): readonly Policy[] {
  return policies.filter(
    ({ suspend, targets }) => !suspend && targets.some((selector) => selector.account === account),
  );
}
