import type { Report } from '../model/report.ts';
import {
  digestOf,
  FORMAT_VERSION,
  type Making,
  planJson,
  summaryJson,
  sweepVerdict,
} from './json.ts';
import { sortReports } from './summary.ts';

/** One line a target, then one line with the summary; `type` tells them apart. */
export function renderNdjson(reports: readonly Report[], making: Making): string {
  const sorted = sortReports(reports);
  const head = { format_version: FORMAT_VERSION };
  const lines = [
    ...sorted.map((report) => ({ ...head, type: 'plan', ...planJson(report) })),
    {
      ...head,
      type: 'summary',
      tool_version: making.toolVersion,
      digest: digestOf(sorted),
      policy_revision: making.policyRevision,
      verdict: sweepVerdict(making),
      summary: summaryJson(reports, making),
    },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
