import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { limitsSweep } from '../plan/sweep-guard.ts';
import { renderClosing } from '../report/closing.ts';
import { escapeControls } from '../report/words.ts';
import type { App } from './app.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { ApplyFlags } from './flags.ts';
import { sweepRefusals } from './judge-sweep.ts';
import { hasError } from './plan.ts';
import { printReports } from './print-reports.ts';
import { createProgress } from './progress.ts';
import { movedTargets, readSavedPlan, refuseMoved, type SavedPlan } from './saved-plan.ts';
import { noteNoTarget, printWarnings, refuseGlob } from './targets.ts';

/** `apply [plan.json]`: performs a saved plan, or a fresh one, once. */
export async function apply(
  options: ApplyFlags & { readonly planFile: string | null },
  context: CliContext,
): Promise<ExitCode> {
  const { target, planFile } = options;
  if (refuseGlob(target, context)) return EXIT.usage;
  const saved = planFile === null ? null : await readSavedPlan(planFile, target ?? null);
  const app = await context.openApp({ configFile: options.config ?? null, policyFolder: null });
  try {
    printWarnings(app.warnings, context);
    return await applyWith({ app, options, context }, saved);
  } finally {
    await app.close();
  }
}

interface Stage {
  readonly app: App;
  readonly options: ApplyFlags;
  readonly context: CliContext;
}

/** All plans are known before the first write where a saved plan or a ceiling of a whole sweep has to be held. */
async function applyWith(stage: Stage, saved: SavedPlan | null): Promise<ExitCode> {
  const { app, options } = stage;
  const { revision, policies } = app.policySet;
  if (saved !== null && saved.policyRevision !== revision) refuseMoved(saved, ['the policy set']);
  if (saved === null && !policies.some(limitsSweep)) return finish(stage, await sweep(stage, null));

  const planned = await sweep(stage, { expected: saved?.digests ?? null, dryRun: true });
  if (saved !== null) refuseMoved(saved, movedTargets(saved, planned));
  const confirmed = new Set(options.confirm);
  const digest = saved?.digest ?? null;
  const refusals = sweepRefusals({ reports: planned, policies, confirmed, digest });
  if (refusals.length > 0) {
    print(stage, planned, refusals);
    return EXIT.refused;
  }
  const expected = runnable(planned);
  const settled = planned.filter(({ target }) => !expected.has(targetKey(target)));
  if (expected.size === 0) return finish(stage, settled);
  return finish(stage, [...settled, ...(await sweep(stage, { expected, dryRun: false }))]);
}

/** Plan digest by target, of the targets that something is to be written to. */
function runnable(planned: readonly Report[]): ReadonlyMap<string, string> {
  return new Map(
    planned.flatMap((report) =>
      report.status === 'drifted' && report.plan.operations.length > 0
        ? [[targetKey(report.target), report.plan.digest] as const]
        : [],
    ),
  );
}

interface Sweep {
  /** Plan digest by target; the others are left alone. Null: all, whatever is planned. */
  readonly expected: ReadonlyMap<string, string> | null;
  readonly dryRun: boolean;
}

/** When a signal ends it, what was done until then is printed before the signal is passed on. */
async function sweep(stage: Stage, wanted: Sweep | null): Promise<readonly Report[]> {
  const { app, options, context } = stage;
  const { expected, dryRun } = wanted ?? { expected: null, dryRun: false };
  const progress = createProgress(context, dryRun ? 'comparing' : 'applying');
  const done: Report[] = [];
  const onReport = (report: Report): void => {
    done.push(report);
    progress.visited();
  };
  const confirmed = new Set(options.confirm);
  const target = options.target ?? null;
  const notes: string[] = [];
  const onUnrecorded = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    notes.push(`warning: history will not show all of this: ${escapeControls(reason)}\n`);
  };
  try {
    const request = { target, dryRun, confirmed, expected, onReport, onUnrecorded };
    return await app.sweep(request, context.interruption.signal);
  } catch (error) {
    progress.stop();
    if (!dryRun && context.interruption.by() !== null) print(stage, done);
    throw error;
  } finally {
    progress.stop();
    for (const note of notes) context.stderr.write(note);
  }
}

function print(
  { app, options, context }: Stage,
  reports: readonly Report[],
  refusals: readonly string[] = [],
): void {
  const policyRevision = app.policySet.revision;
  const closing = renderClosing(reports, refusals);
  printReports(reports, { format: options.output, policyRevision, refusals, closing }, context);
}

function finish(stage: Stage, reports: readonly Report[]): ExitCode {
  noteNoTarget(stage.options.target, reports, stage.context);
  print(stage, reports);
  return exitCodeOfApply(reports);
}

/** 3 refused by a guard, 4 something is left undone after writes, 5 a saved plan went stale, 1 other failure, else 0. */
export function exitCodeOfApply(reports: readonly Report[]): ExitCode {
  if (reports.some((report) => report.status === 'refused')) return EXIT.refused;
  const outcomes = reports.flatMap((report) =>
    report.status === 'unknown' ? [] : report.performed.map(({ outcome }) => outcome?.status),
  );
  const undone =
    reports.some((report) => report.status === 'unknown' || hasError(report)) ||
    outcomes.some((status) => status !== 'applied');
  if (!undone) return EXIT.ok;
  if (outcomes.includes('applied')) return EXIT.partlyApplied;
  const isStale = (report: Report): boolean =>
    report.status === 'unknown' && report.code === 'PLAN_STALE';
  return reports.some(isStale) ? EXIT.stale : EXIT.error;
}
