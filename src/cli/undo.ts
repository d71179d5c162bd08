import { exitCodeOfApply } from './apply.ts';
import type { CliContext } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import type { UndoFlags } from './flags.ts';
import { exitCodeOfPlan } from './plan.ts';
import { printReports } from './print-reports.ts';
import { withLocalConsole } from './with-console.ts';

/** `undo RUN`: takes back what a run wrote, where the target still is as the run left it. */
export async function undo(
  options: UndoFlags & { readonly run: string },
  context: CliContext,
): Promise<ExitCode> {
  const { run, dryRun = false, confirm, output: format } = options;
  return await withLocalConsole(options.config, context, async (console) => {
    const request = { run, dryRun, confirmed: new Set(confirm) };
    const report = await console.undo(request, context.interruption.signal);
    const policyRevision = (await console.policies()).revision;
    printReports([report], { format, policyRevision, refusals: [] }, context);
    noteReturn(context);
    return dryRun ? exitCodeOfPlan([report], false) : exitCodeOfApply([report]);
  });
}

function noteReturn({ stderr }: CliContext): void {
  stderr.write(
    'note: a policy that asks for what was taken back will write it again; change it, or pause the target\n',
  );
}
