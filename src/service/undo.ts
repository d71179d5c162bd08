import { randomUUID } from 'node:crypto';
import { audited } from '../audit/writes.ts';
import type { UndoRequest } from '../cli/console.ts';
import { type Clouds, createClouds, createFleetBudgets } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { ReconcileError } from '../model/errors.ts';
import type { Run } from '../model/history.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import { planUndo } from '../plan/undo.ts';
import { policiesFor } from '../policy/selector.ts';
import { providerOf } from '../providers/provider.ts';
import { reconcile } from '../reconcile.ts';
import type { Store } from '../store/store.ts';
import type { Scrubber } from '../telemetry/scrub.ts';
import { type Caller, openCaller } from './caller.ts';
import { createRecorder } from './history.ts';
import { configuredPauses, holdReasonOf } from './holds.ts';
import { inUsePart } from './in-use.ts';

export interface UndoParts {
  readonly config: Config;
  readonly scrubber: Pick<Scrubber, 'scrub'>;
  readonly set: PolicySet;
  readonly store: Store;
}

/** Takes a recorded run back, under the guards, pauses and protection that hold for every pass; recorded like one. */
export async function undo(
  parts: UndoParts,
  request: UndoRequest,
  signal: AbortSignal,
): Promise<Report> {
  const { config, scrubber, store } = parts;
  await using opened = new AsyncDisposableStack();
  const clouds = createClouds(config.accounts, createFleetBudgets(store, config.guards));
  opened.defer(async () => await clouds.close());
  const caller = openCaller(config, scrubber);
  opened.defer(async () => await caller.close());
  return await caller.within(
    async () => await undoRun({ ...parts, clouds, caller }, request, signal),
  );
}

interface RunParts extends UndoParts {
  readonly clouds: Clouds;
  readonly caller: Caller;
}

async function undoRun(
  parts: RunParts,
  request: UndoRequest,
  signal: AbortSignal,
): Promise<Report> {
  const { config, set, store, clouds, caller } = parts;
  const run = await recordedRun(store, request.run);
  const { target } = run;
  const provider = providerOf(clouds.providers, target, `undo run "${run.id}" at`);
  const attributes = await provider.describe(target, signal);
  const { now } = clouds;
  // Pausing a target and then taking back what was done to it belong together; freezes and guards still hold, and so
  // does a pause of all deletes, whoever made it: a person's replaces that of the guard.
  const stored = (await store.pauses()).filter(
    ({ by, scope }) => (by !== 'cli' && by !== 'api') || scope.type === 'deletes',
  );
  const pauses = [...stored, ...configuredPauses(config.pauses, now(), now())];
  const pass = {
    target,
    cause: 'undo',
    correlationId: `undo:${run.id}`,
    revision: set.revision,
  } as const;
  const recorder = createRecorder({ store, pass, newId: randomUUID, now });
  const report = await reconcile(
    provider,
    {
      target,
      policies: policiesFor(set, target, attributes),
      attributes,
      guards: config.guards,
      protect: clouds.protect(target.account),
      baseline: (await store.target(target))?.baseline ?? null,
      confirmed: request.confirmed,
      now,
      ...inUsePart(config.inUse, store, now),
      dryRun: request.dryRun,
      planner: (input) => planUndo(input, run),
    },
    {
      signal,
      hold: (operation) => holdReasonOf(pauses, target, operation),
      ...audited(
        caller.audit,
        { ...caller, ...pass, commit: set.revision, runId: recorder.runId },
        recorder,
      ),
    },
  );
  // The writes are made, so their report must come; history shows the run as not ended.
  await recorder.end().catch(() => undefined);
  return report;
}

async function recordedRun(store: Store, id: string): Promise<Run> {
  const run = await store.run(id);
  if (run !== null) return run;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot undo run "${id}": it is not remembered, wanted a run that history shows`,
  );
}
