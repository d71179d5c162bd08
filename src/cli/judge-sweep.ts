import type { Policy } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import { sweepReasons } from '../plan/sweep-guard.ts';
import { digestOf } from '../report/json.ts';
import { sortReports } from '../report/summary.ts';

export interface Judged {
  readonly reports: readonly Report[];
  readonly policies: readonly Policy[];
  /** Digests a person let through. */
  readonly confirmed: ReadonlySet<string>;
  /** Digest over all plans, when a saved plan states it; null: worked out from the reports. */
  readonly digest: string | null;
}

/** Why these plans must not run together, each with the digest that lets them; empty: they may. */
export function sweepRefusals({ reports, policies, confirmed, digest }: Judged): readonly string[] {
  const plans = reports.flatMap((report) => (report.status === 'unknown' ? [] : [report.plan]));
  const reasons = sweepReasons(plans, policies);
  const whole = digest ?? digestOf(sortReports(reports));
  if (confirmed.has(whole)) return [];
  return reasons.map((reason) => `${reason}; to let this one sweep through: --confirm ${whole}`);
}
