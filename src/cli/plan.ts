import { writeFile } from 'node:fs/promises';
import { readVersion } from '../config/version.ts';
import { ReconcileError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { wantsProtected } from '../plan/diff.ts';
import { toJson } from '../report/json.ts';
import { sortReports } from '../report/summary.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { PlanFlags } from './flags.ts';
import { sweepRefusals } from './judge-sweep.ts';
import { printReports } from './print-reports.ts';
import { createProgress } from './progress.ts';
import { noteNoTarget, printWarnings, refuseGlob } from './targets.ts';

/** `plan [DIR]`: lists every selected target, shows what would change and why, writes nothing. */
export async function plan(
  options: PlanFlags & { readonly dir: string | null },
  context: CliContext,
): Promise<ExitCode> {
  if (refuseGlob(options.target, context)) return EXIT.usage;
  const app = await context.openApp({
    configFile: options.config ?? null,
    policyFolder: options.dir,
  });
  printWarnings(app.warnings, context);
  const progress = createProgress(context, 'planning');
  try {
    const reports = await app.sweep(
      {
        target: options.target ?? null,
        dryRun: true,
        confirmed: new Set(),
        expected: null,
        onReport: () => progress.visited(),
      },
      context.interruption.signal,
    );
    progress.stop();
    noteNoTarget(options.target, reports, context);
    const { revision: policyRevision, policies } = app.policySet;
    const judged = { reports, policies, confirmed: new Set<string>(), digest: null };
    const moved = options.failOn === undefined ? [] : protectedRefusals(reports);
    const refusals = [...sweepRefusals(judged), ...moved];
    printReports(reports, { format: options.output, policyRevision, refusals }, context);
    if (options.out !== undefined) {
      const saved = toJson(reports, { toolVersion: readVersion(), policyRevision, refusals });
      const text = context.scrub(`${JSON.stringify(saved, null, 2)}\n`);
      await save(options.out, text);
    }
    if (refusals.length > 0) return EXIT.refused;
    return exitCodeOfPlan(reports, options.detailedExitcode === true);
  } finally {
    progress.stop();
    await app.close();
  }
}

/** So many are named; a rule that is wrong may be so at every target. */
const MOST_NAMED = 20;

/** What `--fail-on moved-protected` refuses: protect holds these names, so the rules that want them are mistaken. */
export function protectedRefusals(reports: readonly Report[]): readonly string[] {
  const found = sortReports(reports).flatMap((report) =>
    report.status === 'unknown'
      ? []
      : report.plan.findings.filter(wantsProtected).map((finding) => ({ report, finding })),
  );
  const named = found.slice(0, MOST_NAMED).map(({ report, finding }) => {
    const { policy, rule, message } = finding;
    const where = rule === null ? `policy "${policy}"` : `policy "${policy}" ${rule}`;
    return `--fail-on moved-protected: ${where} at ${targetKey(report.target)}: ${message}`;
  });
  const more = found.length - named.length;
  return more > 0 ? [...named, `--fail-on moved-protected: ${more} more of the kind`] : named;
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot save the plan to "${file}": ${cause instanceof Error ? cause.message : 'unknown reason'}, wanted a writable file`,
      { cause },
    );
  }
}

/** Refused beats unknown and rules in error, those beat changes: the worst news decides. */
export function exitCodeOfPlan(reports: readonly Report[], detailed: boolean): ExitCode {
  const has = (status: Report['status']): boolean =>
    reports.some((report) => report.status === status);
  if (has('refused')) return EXIT.refused;
  if (has('unknown') || reports.some(hasError)) return EXIT.error;
  return detailed && has('drifted') ? EXIT.changesPresent : EXIT.ok;
}

/** A rule that could not be followed, such as a conflict or a template without its attribute. */
export function hasError(report: Report): boolean {
  return (
    report.status !== 'unknown' && report.plan.findings.some(({ severity }) => severity === 'error')
  );
}
