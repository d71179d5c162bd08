import type { z } from 'zod';
import type { Selection } from '../model/policy.ts';
import { compilePattern } from './pattern.ts';
import { fail, failAt } from './schema-text.ts';
import { parseTemplate, templateIsLiteral } from './template.ts';

interface Channel {
  readonly tag: string;
  readonly filter?: { readonly pattern: string; readonly extract?: string | undefined } | undefined;
  readonly select: Selection;
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
  if (select.by !== 'semver' && !templateIsLiteral(parseTemplate(tag))) {
    const hint = {
      code: 'contradiction',
      expected: 'select: { semver: … }, or a name without {{ }}',
    };
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
  const hint = {
    code: 'unknown-group',
    expected: 'a named group, such as ci-(?<branch>.+)-[0-9]+',
  };
  fail(context, `groupBy of rule "${name}" has no named group`, hint);
}

interface Rules {
  readonly copies: readonly Copy[];
  readonly channels: readonly Channel[];
  readonly retain: readonly Retain[];
}

/** Fails when one tag is written by two rules, copied to itself, or two retain rules share a name. */
export function refuseRepeats({ copies, channels, retain }: Rules, context: z.RefinementCtx): void {
  for (const [index, { from, to }] of copies.entries()) {
    if (from !== to) continue;
    const hint = { code: 'contradiction', expected: 'two tags' };
    failAt(['copies', index], context, { message: `tag "${from}" is copied to itself`, ...hint });
  }
  const copied = copies.map(({ to }, index) => ({ name: to, path: ['copies', index] }));
  const moved = channels.flatMap(({ tag, backup = tag }, index) =>
    [...new Set([tag, backup])].map((name) => ({ name, path: ['channels', index] })),
  );
  for (const { name, path } of repeated([...copied, ...moved])) {
    const hint = { code: 'contradiction', expected: 'one rule a tag' };
    failAt(path, context, { message: `tag "${name}" is written by an earlier rule too`, ...hint });
  }
  const named = retain.map(({ name }, index) => ({ name, path: ['retain', index] }));
  for (const { name, path } of repeated(named)) {
    const hint = { code: 'duplicate-name', expected: 'another name' };
    failAt(path, context, { message: `an earlier rule is named "${name}" too`, ...hint });
  }
}

interface Named {
  readonly name: string;
  readonly path: (string | number)[];
}

function repeated(all: readonly Named[]): readonly Named[] {
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) !== index);
}
