import { createColors } from 'picocolors';
import { readVersion } from '../config/version.ts';
import type { Report } from '../model/report.ts';
import { toJson } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { renderNdjson } from '../report/ndjson.ts';
import { renderText } from '../report/text.ts';
import { type CliContext, wantsColor } from './context.ts';
import type { Format } from './flags.ts';

/** Writes the reports to stdout in the wanted form. */
export function printReports(
  reports: readonly Report[],
  options: {
    readonly format: Format;
    readonly policyRevision: string;
    readonly refusals: readonly string[];
    /** The very last line for a person; beside a form for machines it goes to stderr. Null or absent: none. */
    readonly closing?: string | null;
  },
  context: CliContext,
): void {
  const { format, policyRevision, refusals, closing = null } = options;
  if (closing !== null && format !== 'text') context.stderr.write(`${closing}\n`);
  const facts = { toolVersion: readVersion(), policyRevision, refusals };
  switch (format) {
    case 'text':
      context.stdout.write(
        renderText(reports, {
          colors: createColors(wantsColor(context, context.stdout)),
          columns: context.stdout.columns ?? null,
          refusals,
          closing,
        }),
      );
      return;
    case 'json':
      context.stdout.write(`${JSON.stringify(toJson(reports, facts), null, 2)}\n`);
      return;
    case 'ndjson':
      context.stdout.write(renderNdjson(reports, facts));
      return;
    case 'markdown':
      context.stdout.write(renderMarkdown(reports, refusals));
  }
}
