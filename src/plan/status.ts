import type { Finding, Plan } from '../model/plan.ts';
import { isLeftOut } from './mode.ts';

/**
 * How a target stands by its plan and the number of changes still in it. What a mode leaves out, and what a rule could
 * not do because of an error, is drift too: it is there and stays.
 */
export function statusOf(
  plan: Plan,
  changes = plan.operations.length,
): 'in-sync' | 'drifted' | 'refused' {
  if (!plan.verdict.safe) return 'refused';
  return changes > 0 || plan.findings.some(stays) ? 'drifted' : 'in-sync';
}

function stays(finding: Finding): boolean {
  return finding.severity === 'error' || isLeftOut(finding);
}
