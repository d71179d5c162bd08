import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ReconcileError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import type { App } from './app.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { ApplyFlags } from './flags.ts';
import { printReports } from './print-reports.ts';
import { createProgress } from './progress.ts';

/** `apply [plan.json]`: performs a saved plan, or a fresh one, once. */
export async function apply(
  options: ApplyFlags & { readonly planFile: string | null },
  context: CliContext,
): Promise<ExitCode> {
  const saved = options.planFile === null ? null : await readSavedPlan(options.planFile);
  const app = await context.openApp({ configFile: options.config ?? null, policyFolder: null });
  try {
    if (saved !== null) await refuseIfStale(saved, app, options, context);
    const reports = await sweepWithProgress(app, options, saved?.digests ?? null, false, context);
    printReports(
      reports,
      { format: options.output, policyRevision: app.policySet.revision },
      context,
    );
    return exitCodeOfApply(reports);
  } finally {
    await app.close();
  }
}

const SavedPlan = z.object({
  format_version: z.literal('1.0'),
  policy_revision: z.string(),
  plans: z.array(
    z.object({ target: z.string(), status: z.string(), digest: z.string().nullish() }),
  ),
});

interface Saved {
  readonly file: string;
  readonly policyRevision: string;
  /** Plan digest by target, of the targets that were to change. */
  readonly digests: ReadonlyMap<string, string>;
}

async function readSavedPlan(file: string): Promise<Saved> {
  try {
    const { policy_revision, plans } = SavedPlan.parse(JSON.parse(await readFile(file, 'utf8')));
    const changing = plans.flatMap(({ target, status, digest }) =>
      digest && (status === 'drifted' || status === 'refused') ? [[target, digest] as const] : [],
    );
    return { file, policyRevision: policy_revision, digests: new Map(changing) };
  } catch (cause) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot read saved plan "${file}": it is missing or not a plan, wanted a file written by plan --out`,
      { cause },
    );
  }
}

/** Plans afresh and compares; throws PLAN_STALE before the first write when anything moved. */
async function refuseIfStale(
  saved: Saved,
  app: App,
  options: ApplyFlags,
  context: CliContext,
): Promise<void> {
  const moved =
    saved.policyRevision === app.policySet.revision
      ? movedTargets(saved, await sweepWithProgress(app, options, saved.digests, true, context))
      : ['the policy set'];
  if (moved.length === 0) return;
  throw new ReconcileError(
    'PLAN_STALE',
    `Cannot apply saved plan "${saved.file}": ${moved.slice(0, 5).join(', ')}` +
      `${moved.length > 5 ? ` and ${moved.length - 5} more` : ''} changed since it was made; ` +
      'nothing was written, run plan --out again',
  );
}

function movedTargets(saved: Saved, fresh: readonly Report[]): readonly string[] {
  const digests = new Map(
    fresh.map((report) => [
      targetKey(report.target),
      report.status === 'unknown' ? null : report.plan.digest,
    ]),
  );
  return [...saved.digests]
    .filter(([target, digest]) => digests.get(target) !== digest)
    .map(([target]) => target);
}

async function sweepWithProgress(
  app: App,
  options: ApplyFlags,
  expected: ReadonlyMap<string, string> | null,
  dryRun: boolean,
  context: CliContext,
): Promise<readonly Report[]> {
  const progress = createProgress(context, dryRun ? 'comparing' : 'applying');
  try {
    return await app.sweep(
      {
        target: options.target ?? null,
        dryRun,
        confirmed: new Set(options.confirm),
        expected,
        onReport: () => progress.visited(),
      },
      context.interruption.signal,
    );
  } finally {
    progress.stop();
  }
}

/** 3 refused by a guard, 4 something is left undone after writes, 5 a saved plan went stale, 1 other failure, else 0. */
export function exitCodeOfApply(reports: readonly Report[]): ExitCode {
  if (reports.some((report) => report.status === 'refused')) return EXIT.refused;
  const outcomes = reports.flatMap((report) =>
    report.status === 'unknown' ? [] : report.performed.map(({ outcome }) => outcome?.status),
  );
  const undone =
    reports.some((report) => report.status === 'unknown') ||
    outcomes.some((status) => status !== 'applied');
  if (!undone) return EXIT.ok;
  if (outcomes.includes('applied')) return EXIT.partlyApplied;
  const isStale = (report: Report): boolean =>
    report.status === 'unknown' && report.code === 'PLAN_STALE';
  return reports.some(isStale) ? EXIT.stale : EXIT.error;
}
