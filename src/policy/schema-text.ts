import { z } from 'zod';
import { globMatcher } from '../model/glob.ts';
import type { Target } from '../model/target.ts';
import type { IssueCode } from './codes.ts';
import { parseDuration } from './duration.ts';
import { compilePattern } from './pattern.ts';
import { parseSchedule } from './schedule.ts';
import { parseRange } from './semver.ts';
import { parseTemplate, templateReferences } from './template.ts';
import { TextError } from './text-error.ts';
import { parseTime } from './time.ts';

/** What a failed check tells beside its message; read back by the issue translator. */
export const Hint = z.object({
  code: z.custom<IssueCode>(),
  expected: z.string(),
  /** Characters of the text before the fault. */
  offset: z.int(),
  suggestion: z.string().nullable(),
});
export type Hint = z.infer<typeof Hint>;

/** Fails a check of the schema with a code and what was wanted instead. */
export function fail(
  context: z.RefinementCtx,
  message: string,
  hint: { readonly code: IssueCode; readonly expected: string },
): void {
  failAt([], context, { message, ...hint });
}

/** Fails a check at a node below the one that is checked. */
export function failAt(
  path: (string | number)[],
  context: z.RefinementCtx,
  { message, code, expected }: { message: string; code: IssueCode; expected: string },
): void {
  const params = { code, expected, offset: 0, suggestion: null } satisfies Hint;
  context.addIssue({ code: 'custom', path, message, params });
}

/** Runs a parser for its complaint only. */
function check(code: IssueCode, parse: (text: string) => unknown) {
  return (text: string, context: z.RefinementCtx): void => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      const { offset, expected, problem, suggestion } = error;
      const params = { code, expected, offset, suggestion } satisfies Hint;
      // Not to be continued: the checks around it read the text again and may trust it.
      context.addIssue({ code: 'custom', message: problem, params, continue: false });
    }
  };
}

/** A non-blank text. */
export const Text = z.string().regex(/\S/, 'must not be blank');

/** What zod says where a duration is no text; the issue translator knows it by this. */
export const NO_DURATION = 'a duration was wanted';

/** `90s`, `15m`, `36h`, `30d`; milliseconds once parsed. */
export const DurationMs = z
  .string({ error: NO_DURATION })
  .superRefine(check('bad-duration', parseDuration))
  .transform(parseDuration);

/** A UTC date or timestamp; a Date once parsed. */
export const TimeText = z.string().superRefine(check('bad-time', parseTime)).transform(parseTime);

/** A regular expression for whole names. */
export const PatternText = Text.superRefine(check('bad-pattern', compilePattern));

/** A version range in npm syntax. */
export const RangeText = z.string().superRefine(check('bad-range', parseRange));

/** Five cron fields. */
export const CronText = z.string().superRefine(check('bad-cron', parseSchedule.cron));

/** An IANA time zone. */
export const TimeZoneText = z.string().superRefine(check('bad-time-zone', parseSchedule.timeZone));

function parseGlob(text: string): void {
  const expected = 'a glob such as "tmp-*" or "shop/**"; a leading "!" is not supported';
  const fault = { kind: 'glob', text, offset: 0, expected };
  if (text.startsWith('!')) throw new TextError({ ...fault, problem: 'it starts with "!"' });
  try {
    globMatcher([text]);
  } catch {
    throw new TextError({ ...fault, problem: 'it is not a glob' });
  }
}

/** A glob: `*` stays within one path segment, `**` does not. */
export const GlobText = Text.max(256).superRefine(check('bad-glob', parseGlob));

const TARGET = /^([^/\s]+)\/(\S+)$/;

/** `account/path`; a Target once parsed. */
export const TargetText = z.string().transform((text, context): Target => {
  const [, account = '', path = ''] = TARGET.exec(text) ?? [];
  if (account !== '') return { account, path };
  const expected = 'account/path, such as swr-north/shop/web';
  fail(context, 'it is not a target', { code: 'bad-target', expected });
  return z.NEVER;
});

/** A template whose references are all known in its place. */
export function templateText(isKnown: (name: string) => boolean, known: string) {
  const parse = (text: string): void => {
    const unknown = templateReferences(parseTemplate(text)).find(({ name }) => !isKnown(name));
    if (unknown === undefined) return;
    const { name, offset } = unknown;
    const problem = `"${name}" is not known here`;
    throw new TextError({ kind: 'template', text, offset, problem, expected: known });
  };
  return z.string().max(1_000).superRefine(check('bad-template', parse));
}
