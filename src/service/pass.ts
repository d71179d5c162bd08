import type { Audit } from '../audit/stream.ts';
import { actorOf, audited } from '../audit/writes.ts';
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
import { admit } from './admit.ts';
import { conclude } from './conclude.ts';
import { dueAt } from './due.ts';
import { createRecorder } from './history.ts';
import type { Holds } from './holds.ts';
import { logReport } from './log.ts';
import { markAfter, type Surroundings } from './mark.ts';
import { guardsOf } from './newer-release.ts';
import type { Notifications } from './notify.ts';
import { eventOf, type Observer } from './observe.ts';
import { recordQuarantine } from './quarantine.ts';
import { forget, forgetStray } from './stray.ts';

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
  return async (request, options) => {
    const set = parts.source.current();
    const { target, correlationId } = request;
    const fields = {
      target: targetKey(target),
      correlation_id: correlationId,
      revision: set.revision,
    };
    const { observer } = parts;
    return await withContext(
      fields,
      async () =>
        await observer.during('total', async () => await begin({ parts, request, set, options })),
    );
  };
}

async function begin(asked: Omit<Pass, 'provider' | 'facts'>): Promise<Report | PassRefusal> {
  const { parts, request } = asked;
  const { store, clouds, process } = parts;
  const provider = providerOf(clouds.providers, request.target, 'reconcile');
  const start = { crash: request.crash, process };
  const facts = await store.begin(request.target, start, clouds.now());
  const refusal = await admit({ ...parts, now: clouds.now }, request, facts);
  if (refusal?.status === 'quarantined' && refusal.isNew) {
    const { name } = provider;
    await recordQuarantine(parts, { ...asked, facts, provider: name, at: clouds.now() });
  }
  return refusal ?? (await pass({ ...asked, provider, facts }));
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

async function pass(pass: Pass): Promise<Report | PassRefusal> {
  const { request, provider, set } = pass;
  const { target } = request;
  let attributes: Attributes | null;
  try {
    attributes = await readAttributes(pass);
  } catch (error) {
    const report = unknownReport({ target, name: null, provider: provider.name }, error);
    return await finish(pass, report, { runId: null, policies: naming(set, target.account) });
  }
  const policies = policiesFor(set, target, attributes);
  if (policies.length === 0) return await leave(pass, attributes);
  await pass.parts.holds.refresh();
  const { report, runId } = await perform(pass, { attributes, policies });
  return await finish(pass, report, { runId, policies });
}

interface Selection {
  readonly attributes: Attributes | null;
  readonly policies: readonly Policy[];
}

async function perform(
  { parts, request, provider, facts, set, options }: Pass,
  { attributes, policies }: Selection,
): Promise<{ readonly report: Report; readonly runId: string | null }> {
  const { clouds, config, store, holds, newId, log, observer } = parts;
  const { target, reason: cause, correlationId } = request;
  const header = { target, cause, correlationId, revision: set.revision };
  const recorder = createRecorder({ store, pass: header, newId, now: clouds.now });
  const { runId } = recorder;
  const onRecord = audited(
    parts.audit,
    { actor: actorOf(cause, correlationId), correlationId, commit: set.revision, target, runId },
    recorder,
  );
  const report = await reconcile(
    provider,
    {
      target,
      policies,
      attributes,
      guards: guardsOf(config, { target, facts, log }),
      protect: clouds.protect(target.account),
      baseline: facts.baseline,
      confirmed: new Set(),
      now: clouds.now,
      firstSeen: async (place, names, now) => await store.firstSeen(place, names, now),
      ...(parts.inUse === undefined ? {} : { inUse: parts.inUse }),
      dryRun: false,
      during: async (phase, work) => await observer.during(phase, work),
    },
    {
      ...options,
      ...onRecord,
      checkLease: observer.fencing(options.checkLease),
      hold: (operation) => holds.reason(target, operation),
      during: observer.duringWrite,
    },
  );
  await recorder.end().catch((error: unknown) => {
    log.warn({ run_id: recorder.runId(), error: String(error) }, 'run was not closed');
  });
  return { report, runId: recorder.runId() };
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
  const names = policies.map(({ name }) => name);
  observer.ended({ report, policies: names, event: eventOf(request, passedAt) });
  const told = { passedAt, revision: set.revision, correlationId, runId };
  logReport(log, report, told);
  // Interrupted: the job runs again soon, maybe elsewhere already, and what this pass did not see is no news.
  const passed = { ...told, at: passedAt, report, policies: names };
  if (options.signal.aborted) {
    notifications.tell({ ...passed, before: null, after: null });
    return report;
  }
  const isGone = report.status === 'unknown' && report.code === 'PROVIDER_NOT_FOUND';
  if (isGone && isUnlisted(pass) && (await forget(store, target))) return { status: 'gone' };
  const isNamed = request.reason === 'webhook' && request.observedAt === null;
  if (report.status === 'unknown' && isNamed && (await forgetStray(store, target))) return report;
  try {
    await conclude(parts, {
      report,
      facts: { ...told, baseline: facts.baseline },
      policies,
      // A target that is gone is met again on discovery, should it come back.
      dueAt: isGone ? null : dueAt(policies, passedAt),
      mark: markAfter(report, request.fingerprint, () => around(pass, policies)),
    });
  } catch (error) {
    log.error({ target: targetKey(report.target), error: String(error) }, 'pass was not recorded');
    // How the target stands is told by the next pass, which will find the same record before it.
    notifications.tell({ ...passed, before: null, after: null });
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
async function readAttributes({
  parts: { clouds },
  request: { target, attributes, observedAt, isPartial },
  provider,
  set,
  options,
}: Pass): Promise<Attributes | null> {
  const ageMs = clouds.now().getTime() - (observedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
  const isEnough = isPartial !== true || !needsAllFacts(set.policies, target.account);
  if (attributes !== null && isEnough && ageMs < ATTRIBUTES_FRESH_MS) return attributes;
  if (!needsAttributes(set.policies, target.account)) return null;
  return await provider.describe(target, options.signal);
}

function naming({ policies }: PolicySet, account: string): readonly Policy[] {
  return policies.filter(
    ({ suspend, targets }) => !suspend && targets.some((selector) => selector.account === account),
  );
}
