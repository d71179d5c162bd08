import type { z } from 'zod';
import type { Selection } from '../model/policy.ts';
import { compilePattern } from './pattern.ts';
import { fail, failAt } from './schema-text.ts';
import { parseTemplate, templateIsLiteral, templateReferences } from './template.ts';

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
  readonly ageBy?: string | undefined;
  readonly countBy?: string | undefined;
}

interface Copy {
  readonly from: string;
  readonly to: string;
}

/** Fails a channel whose parts do not fit together. */
export function refuseChannel(channel: Channel, context: z.RefinementCtx): void {
  const { tag, backup } = channel;
  if (backup !== undefined) refuseBackup({ tag, backup }, context);
  refuseChoice({ names: [tag, backup ?? ''], ...channel }, context);
}

interface Choice extends Pick<Channel, 'filter' | 'select'> {
  /** Templates of the names it gives. */
  readonly names: readonly string[];
}

/** Fails a choice whose names need what it does not compare, or whose pattern lacks the group it asks for. */
export function refuseChoice({ names, filter, select }: Choice, context: z.RefinementCtx): void {
  const templated = names.find((name) => !templateIsLiteral(parseTemplate(name)));
  if (select.by !== 'semver' && templated !== undefined) {
    const expected = 'select: { semver: … }, or a name without {{ }}';
    const message = `"${templated}" needs the parts of a version`;
    fail(context, message, { code: 'contradiction', expected });
  }
  if (filter?.extract === undefined) return;
  const { groupNames } = compilePattern(filter.pattern);
  if (groupNames.includes(filter.extract)) return;
  const named = groupNames.length === 0 ? 'a named group (?<…>) in pattern' : groupNames.join(', ');
  const message = `pattern has no group named "${filter.extract}"`;
  fail(context, message, { code: 'unknown-group', expected: named });
}

/** Fails a backup that two versions, moving at once, would fight over. */
function refuseBackup(
  { tag, backup }: { readonly tag: string; readonly backup: string },
  context: z.RefinementCtx,
): void {
  if (backup === tag) {
    const hint = { code: 'contradiction', expected: 'another tag for backup' } as const;
    fail(context, `channel "${tag}" is its own backup`, hint);
  }
  const named = templateReferences(parseTemplate(backup)).map(({ name }) => name);
  const parts = templateReferences(parseTemplate(tag)).map(({ name }) => name);
  if (parts.every((part) => named.includes(part))) return;
  const wanted = [...new Set(parts)].map((part) => `{{ ${part} }}`).join(' and ');
  const message = `"${tag}" moves several tags, which would fight over backup "${backup}"`;
  const expected = `${wanted} in backup too, or no backup`;
  fail(context, message, { code: 'templated-backup', expected });
}

/** Fails a retain rule that would mean everything, or nothing. */
export function refuseRetain(rule: Retain, context: z.RefinementCtx): void {
  const { name, action, pattern, semver, newest, groupBy, olderThan, ageBy, countBy } = rule;
  if ([pattern, semver, newest, olderThan].every((condition) => condition === undefined)) {
    const expected = 'pattern, semver, newest or olderThan; pattern: ".*" means every tag';
    fail(context, `rule "${name}" has no condition`, { code: 'no-condition', expected });
  }
  if (action === 'delete' && newest !== undefined) {
    const expected = 'a keep rule with newest, and a delete rule for the rest';
    fail(context, `rule "${name}" deletes the newest tags`, { code: 'contradiction', expected });
  }
  if (countBy !== undefined && newest === undefined) {
    const hint = { code: 'contradiction', expected: 'newest beside countBy' } as const;
    fail(context, `rule "${name}" counts without newest`, hint);
  }
  if (ageBy !== undefined && olderThan === undefined) {
    const hint = { code: 'contradiction', expected: 'olderThan beside ageBy' } as const;
    fail(context, `rule "${name}" says how to count an age and asks for none`, hint);
  }
  if (groupBy === undefined) return;
  if (newest === undefined) {
    const hint = { code: 'contradiction', expected: 'newest beside groupBy' } as const;
    fail(context, `rule "${name}" groups without newest`, hint);
  }
  if (compilePattern(groupBy).groupNames.length > 0) return;
  const hint = {
    code: 'unknown-group',
    expected: 'a named group, such as ci-(?<branch>.+)-[0-9]+',
  } as const;
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
    const hint = { code: 'contradiction', expected: 'two tags' } as const;
    failAt(['copies', index], context, { message: `tag "${from}" is copied to itself`, ...hint });
  }
  const copied = copies.map(({ to }, index) => ({ name: to, path: ['copies', index] }));
  const moved = channels.flatMap(({ tag, backup = tag }, index) =>
    [...new Set([tag, backup])].map((name) => ({ name, path: ['channels', index] })),
  );
  for (const { name, path } of repeated([...copied, ...moved])) {
    const hint = { code: 'contradiction', expected: 'one rule a tag' } as const;
    failAt(path, context, { message: `tag "${name}" is written by an earlier rule too`, ...hint });
  }
  const named = retain.map(({ name }, index) => ({ name, path: ['retain', index] }));
  for (const { name, path } of repeated(named)) {
    const hint = { code: 'duplicate-name', expected: 'another name' } as const;
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
