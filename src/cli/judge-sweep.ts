import type { Policy } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import { sweepReasons } from '../plan/sweep-guard.ts';
import { digestOf } from '../report/json.ts';
import { sortReports } from '../report/summary.ts';
import type { CliContext } from './context.ts';

export interface Judged {
  readonly reports: readonly Report[];
  readonly policies: readonly Policy[];
  /** Digests a person let through. */
  readonly confirmed: ReadonlySet<string>;
  /** Digest over all plans, when a saved plan states it; null: worked out from the reports. */
  readonly digest: string | null;
}

/** Says why these plans must not run together and returns true; false: they may, or a person confirmed them. */
export function refuseSweep(
  { reports, policies, confirmed, digest }: Judged,
  { stderr }: CliContext,
): boolean {
  const plans = reports.flatMap((report) => (report.status === 'unknown' ? [] : [report.plan]));
  const reasons = sweepReasons(plans, policies);
  const whole = digest ?? digestOf(sortReports(reports));
  if (reasons.length === 0 || confirmed.has(whole)) return false;
  for (const reason of reasons) {
    stderr.write(`refused: ${reason}; to let this one sweep through: --confirm ${whole}\n`);
  }
  return true;
}
