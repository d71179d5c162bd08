import type { z } from 'zod';
import { compilePattern } from './pattern.ts';
import { fail } from './schema-text.ts';
import { parseTemplate, templateIsLiteral } from './template.ts';

interface Channel {
  readonly tag: string;
  readonly filter?: { readonly pattern: string; readonly extract?: string | undefined } | undefined;
  readonly select: { readonly semver?: string | undefined };
  readonly backup?: string | undefined;
}

interface Retain {
  readonly name: string;
  readonly action: 'keep' | 'delete';
  readonly pattern?: string | undefined;
  readonly semver?: string | undefined;
  readonly newest?: number | undefined;
  readonly groupBy?: string | undefined;
  readonly olderThan?: number | undefined;
}

interface Copy {
  readonly from: string;
  readonly to: string;
}

/** Fails a channel whose parts do not fit together. */
export function refuseChannel(channel: Channel, context: z.RefinementCtx): void {
  const { tag, filter, select, backup } = channel;
  if (backup === tag) {
    const hint = { code: 'contradiction', expected: 'another tag for backup' };
    fail(context, `channel "${tag}" is its own backup`, hint);
  }
  if (select.semver === undefined && !templateIsLiteral(parseTemplate(tag))) {
    const hint = { code: 'contradiction', expected: 'select: { semver: … }, or a name without {{ }}' };
    fail(context, `"${tag}" needs the parts of a version`, hint);
  }
  if (filter?.extract === undefined) return;
  const { groupNames } = compilePattern(filter.pattern);
  if (groupNames.includes(filter.extract)) return;
  const named = groupNames.length === 0 ? 'a named group (?<…>) in pattern' : groupNames.join(', ');
  const message = `pattern has no group named "${filter.extract}"`;
  fail(context, message, { code: 'unknown-group', expected: named });
}

/** Fails a retain rule that would mean everything, or nothing. */
export function refuseRetain(rule: Retain, context: z.RefinementCtx): void {
  const { name, action, pattern, semver, newest, groupBy, olderThan } = rule;
  if ([pattern, semver, newest, olderThan].every((condition) => condition === undefined)) {
    const expected = 'pattern, semver, newest or olderThan; pattern: ".*" means every tag';
    fail(context, `rule "${name}" has no condition`, { code: 'no-condition', expected });
  }
  if (action === 'delete' && newest !== undefined) {
    const expected = 'a keep rule with newest, and a delete rule for the rest';
    fail(context, `rule "${name}" deletes the newest tags`, { code: 'contradiction', expected });
  }
  if (groupBy === undefined) return;
  if (newest === undefined) {
    const hint = { code: 'contradiction', expected: 'newest beside groupBy' };
    fail(context, `rule "${name}" groups without newest`, hint);
  }
  if (compilePattern(groupBy).groupNames.length > 0) return;
  const hint = { code: 'unknown-group', expected: 'a named group, such as ci-(?<branch>.+)-[0-9]+' };
  fail(context, `groupBy of rule "${name}" has no named group`, hint);
}

interface Rules {
  readonly copies: readonly Copy[];
  readonly channels: readonly Channel[];
  readonly retain: readonly Retain[];
}

/** Fails when one tag is written by two rules, copied to itself, or two retain rules share a name. */
export function refuseRepeats({ copies, channels, retain }: Rules, context: z.RefinementCtx): void {
  for (const { from, to } of copies) {
    if (from !== to) continue;
    const hint = { code: 'contradiction', expected: 'two tags' };
    fail(context, `tag "${from}" is copied to itself`, hint);
  }
  const moved = channels.flatMap(({ tag, backup = tag }) => [...new Set([tag, backup])]);
  const written = [...copies.map(({ to }) => to), ...moved];
  for (const tag of repeated(written)) {
    const hint = { code: 'contradiction', expected: 'one rule a tag' };
    fail(context, `tag "${tag}" is written by two rules`, hint);
  }
  for (const name of repeated(retain.map((rule) => rule.name))) {
    const hint = { code: 'duplicate-name', expected: 'another name' };
    fail(context, `two retain rules are named "${name}"`, hint);
  }
}

function repeated(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}
