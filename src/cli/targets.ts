import { globMatcher } from '../model/glob.ts';
import type { PolicyIssue } from '../policy/issue.ts';
import { renderIssue } from '../policy/issue.ts';
import type { CliContext } from './context.ts';

/** Says what is wrong with `--target` and returns true, or returns false. */
export function refuseGlob(target: string | undefined, { stderr }: CliContext): boolean {
  if (target === undefined) return false;
  try {
    globMatcher([target]);
    return false;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`error: option '--target <glob>' argument '${target}' is invalid. ${reason}\n`);
    return true;
  }
}

/** A glob that meets nothing is more often a typing error than a wish. */
export function noteNoTarget(
  target: string | undefined,
  reports: readonly unknown[],
  { stderr }: CliContext,
): void {
  if (target === undefined || reports.length > 0) return;
  stderr.write(`warning: no target that a policy selects matches --target "${target}"\n`);
}

/** Shows what the policies' authors should look at, before the result. */
export function printWarnings(warnings: readonly PolicyIssue[], { stderr }: CliContext): void {
  for (const warning of warnings) stderr.write(`${renderIssue(warning)}\n\n`);
}
