import type { Report } from '../model/report.ts';
import { summarize } from './summary.ts';

/**
 * What became of a run in which something was refused: whether the rest was written. Null: nothing was refused.
 * `refusals`: why all plans together are.
 */
export function renderClosing(
  reports: readonly Report[],
  refusals: readonly string[],
): string | null {
  const { refused, unknown, applied, failed, skipped } = summarize(reports);
  if (refusals.length > 0) return 'all targets refused together; nothing was written';
  if (refused === 0) return null;
  const who = `${refused} ${refused === 1 ? 'target' : 'targets'} refused`;
  const left = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(unknown > 0 ? [`${unknown} ${unknown === 1 ? 'target' : 'targets'} unknown`] : []),
  ].map((one) => `; ${one}`);
  if (applied === 0) return `${who}; nothing was written${left.join('')}`;
  const noun = applied === 1 ? 'operation' : 'operations';
  return `${who}; ${applied} ${noun} applied on the others${left.join('')}; safe to run again`;
}
