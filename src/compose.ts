import { randomUUID } from 'node:crypto';
import { audited } from './audit/writes.ts';
import type { App, OpenOptions, SweepRequest } from './cli/app.ts';
import { type CloudBudgets, type Clouds, createClouds, createOwnBudgets } from './clouds.ts';
import type { Environment } from './config/environment.ts';
import type { Config } from './config/load.ts';
import { globMatcher, hasWildcard } from './model/glob.ts';
import type { PolicySet } from './model/policy.ts';
import type { Report } from './model/report.ts';
import { type Target, targetKey } from './model/target.ts';
import { capabilitiesByAccount } from './providers/capabilities.ts';
import { providerOf } from './providers/provider.ts';
import { reconcile } from './reconcile.ts';
import { type Caller, openCaller } from './service/caller.ts';
import { configuredPauses, holdReasonOf } from './service/holds.ts';
import { inUsePart } from './service/in-use.ts';
import { type Loaded, loadPolicySet } from './service/load-policies.ts';
import { look } from './service/look.ts';
import { ambient, openConfig, placeOf } from './service/open-config.ts';
import { type FirstLoad, isUnreachable, preflight } from './service/preflight.ts';
import { createRunBook } from './service/run-book.ts';
import { openOrigin } from './sources/open.ts';
import type { LoadedSet } from './sources/policy-source.ts';
import { type Selected, sweepAll, visitTarget } from './sweep.ts';
import type { Scrubber } from './telemetry/scrub.ts';

/** Loads configuration and policies and wires everything a command needs. Contacts nothing. */
export async function openApp(
  options: OpenOptions,
  environment: Environment,
  onScrubber: (scrubber: Scrubber) => void,
): Promise<App> {
  const { config, scrubber } = openConfig(options, environment, onScrubber);
  // Until everything is open: what a clone of policies that are wrong left behind goes, too.
  await using opened = new AsyncDisposableStack();
  const place = placeOf(options, config);
  const origin = opened.use(await openOrigin({ ...place, ...ambient(environment) }));
  const capabilities = capabilitiesByAccount(config.accounts);
  const loadPolicies = async (): Promise<Loaded> => await loadPolicySet(origin, capabilities);
  const isRemote = place.git !== null;
  const first = await loadFirst(loadPolicies, { without: options.withoutPolicies, isRemote });
  const { loaded } = first;
  const { set, warnings } = loaded ?? NO_POLICIES;
  const openClouds = (budgets: CloudBudgets): Clouds => createClouds(config.accounts, budgets);
  const clouds = openClouds(createOwnBudgets(config.guards));
  const caller = openCaller(config, scrubber);
  opened.defer(async () => await clouds.close());
  opened.defer(async () => await caller.close());
  const running = opened.move();
  return {
    config,
    policySet: set,
    warnings,
    sweep: async (request, signal) =>
      await caller.within(
        async () => await sweep({ config, clouds, set, caller }, request, signal),
      ),
    startService: async (service) => {
      const { startService } = await import('./service/start.ts');
      const load = async (): Promise<LoadedSet> => (await loadPolicies()).set;
      const initial = loaded?.set ?? null;
      return await startService(
        { config, openClouds, initial, origin, loadPolicies: load, scrubber },
        service,
      );
    },
    look: async (target, signal) => await look({ config, clouds, set }, target, signal),
    preflight: async (signal) =>
      await preflight({ config, clouds, origin, isRemote, first }, signal),
    close: async () => await running.disposeAsync(),
  };
}

const NO_POLICIES: Pick<Loaded, 'set' | 'warnings'> = {
  set: { revision: 'sha256:', policies: [], tests: [] },
  warnings: [],
};

interface Leniency {
  readonly without: OpenOptions['withoutPolicies'];
  readonly isRemote: boolean;
}

/** Throws what went wrong, unless whoever asks can wait for a remote, or wants to be told. */
async function loadFirst(
  load: () => Promise<Loaded>,
  { without, isRemote }: Leniency,
): Promise<FirstLoad> {
  try {
    return { loaded: await load(), problem: null };
  } catch (problem) {
    const mayWait = without === 'wait' && isRemote && isUnreachable(problem);
    if (mayWait || without === 'tell') return { loaded: null, problem };
    throw problem;
  }
}

interface SweepParts {
  readonly config: Config;
  readonly clouds: Clouds;
  readonly set: PolicySet;
}

async function sweep(
  { config, clouds, set, caller }: SweepParts & { readonly caller: Caller },
  request: SweepRequest,
  signal: AbortSignal,
): Promise<readonly Report[]> {
  const { target: asked, expected } = request;
  const wanted = asked === null ? () => true : globMatcher([asked]);
  const isWanted = (key: string): boolean =>
    wanted(key) && (expected === null || expected.has(key));
  const inUse = inUsePart(config.inUse, null, clouds.now);
  const pauses = () => configuredPauses(config.pauses, clouds.now(), clouds.now());
  const { now } = clouds;
  const { correlationId } = caller;
  const { revision } = set;
  await using runs = createRunBook({
    url: config.queue.url,
    onLost: (error) => request.onUnrecorded?.(error),
    newId: randomUUID,
    now,
  });
  const visit = async ({ target, attributes, policies }: Selected): Promise<Report> => {
    const provider = providerOf(clouds.providers, target, 'visit');
    const recorder = runs.recorder({ target, correlationId, revision });
    const { runId } = recorder;
    const report = await reconcile(
      provider,
      {
        target,
        policies,
        attributes,
        guards: config.guards,
        protect: clouds.protect(target.account),
        baseline: null,
        confirmed: request.confirmed,
        now,
        ...inUse,
        dryRun: request.dryRun,
        planDigest: expected?.get(targetKey(target)) ?? null,
      },
      {
        signal,
        // Pauses of the store hold the workers; a person at a command line is held by the configuration alone.
        hold: (operation) => holdReasonOf(pauses(), target, operation),
        ...audited(caller.audit, { ...caller, commit: revision, target, runId }, recorder),
      },
    );
    await recorder.end();
    request.onReport(report);
    return report;
  };
  const one = asked === null ? null : namedTarget(asked);
  const { providers } = clouds;
  if (one === null) return await sweepAll({ providers, set, isWanted }, visit, signal);
  return isWanted(targetKey(one)) ? await visitTarget({ providers, set }, one, visit, signal) : [];
}

/** The one target that is meant; null: a glob, for which the accounts must be listed. */
function namedTarget(glob: string): Target | null {
  const slash = glob.indexOf('/');
  if (slash < 1 || hasWildcard(glob)) return null;
  return { account: glob.slice(0, slash), path: glob.slice(slash + 1) };
}
