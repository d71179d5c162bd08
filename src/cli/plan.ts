import { writeFile } from 'node:fs/promises';
import { readVersion } from '../config/version.ts';
import type { Report } from '../model/report.ts';
import { toJson } from '../report/json.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { PlanFlags } from './flags.ts';
import { printReports } from './print-reports.ts';
import { createProgress } from './progress.ts';

/** `plan [DIR]`: lists every selected target, shows what would change and why, writes nothing. */
export async function plan(
  options: PlanFlags & { readonly dir: string | null },
  context: CliContext,
): Promise<ExitCode> {
  const app = await context.openApp({
    configFile: options.config ?? null,
    policyFolder: options.dir,
  });
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
    const policyRevision = app.policySet.revision;
    printReports(reports, { format: options.output, policyRevision }, context);
    if (options.out !== undefined) {
      const saved = toJson(reports, { toolVersion: readVersion(), policyRevision });
      await writeFile(options.out, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
    }
    return exitCodeOfPlan(reports, options.detailedExitcode === true);
  } finally {
    progress.stop();
    await app.close();
  }
}

/** Refused beats unknown beats changes: the worst news decides. */
export function exitCodeOfPlan(reports: readonly Report[], detailed: boolean): ExitCode {
  const has = (status: Report['status']): boolean =>
    reports.some((report) => report.status === status);
  if (has('refused')) return EXIT.refused;
  if (has('unknown')) return EXIT.error;
  return detailed && has('drifted') ? EXIT.changesPresent : EXIT.ok;
}
