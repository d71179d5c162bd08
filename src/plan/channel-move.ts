import type { ChannelRule } from '../model/policy.ts';
import { isLiteral, renderName } from './candidates.ts';
import type { Scored } from './select/scored.ts';
import type { VisibleTags } from './visible-tags.ts';
import { findingAt, type Origin, RANK, type Wish, type Wishes, wish } from './wish.ts';

export interface MoveInput {
  readonly rule: ChannelRule;
  readonly origin: Origin;
  /** The channel's name, rendered. */
  readonly name: string;
  /** All tags of this name that compare, best first. */
  readonly group: readonly Scored[];
  /** Those of them that may be chosen. */
  readonly eligible: readonly Scored[];
  readonly tags: VisibleTags;
}

/** Where one channel goes, or why it stays. */
export function channelMove(input: MoveInput): Wishes {
  const { rule, origin, name, group, eligible, tags } = input;
  const current = tags.byName.get(name);
  const best = bestOf(eligible);
  const waiting = bestOf(group.filter(({ admitted }) => admitted));
  const standing =
    group.find(({ tag }) => tag.value !== null && tag.value === current?.value) ?? null;
  const { wishes, findings } = decide(input, best, standing);
  const moves = wishes.some(({ want }) => want.type === 'bind' && want.value !== current?.value);
  const names = [
    name,
    ...backupNames(rule, group),
    ...[...best, ...waiting].map(({ tag }) => tag.name),
    // A channel that stays is judged by this tag again at the next pass.
    ...(standing === null || moves ? [] : [standing.tag.name]),
  ];
  const held = names.map((tag) => wish(origin, tag, RANK.assert, { type: 'hold' }));
  return { wishes: [...held, ...wishes], findings };
}

function bestOf(scored: readonly Scored[]): readonly Scored[] {
  return scored.filter(({ score }) => score === scored[0]?.score);
}

/** One for each version a backup may be named after, so that no old backup is cleaned up. */
function backupNames({ backup }: ChannelRule, group: readonly Scored[]): string[] {
  if (backup === null) return [];
  return isLiteral(backup) ? [backup] : group.map(({ scope }) => renderName(backup, scope));
}

function decide(input: MoveInput, best: readonly Scored[], standing: Scored | null): Wishes {
  const [first] = best;
  if (first === undefined) return { wishes: [], findings: [] };
  const rival = best.find(({ tag }) => tag.value !== first.tag.value);
  if (rival !== undefined) {
    const names = `"${first.tag.name}" and "${rival.tag.name}" rank the same but differ in content`;
    return stays(input, 'warning', `${names}; one of them has to go`);
  }
  if (standing !== null && standing.score > first.score && !input.rule.allowDowngrade) {
    const reason = `it is on "${standing.tag.name}", newer than "${first.tag.name}", and allowDowngrade is false`;
    return stays(input, 'info', reason);
  }
  return moveTo(first, standing !== null, input);
}

function moveTo({ tag, scope }: Scored, standsOnCandidate: boolean, input: MoveInput): Wishes {
  const { rule, origin, name, tags } = input;
  const current = tags.byName.get(name);
  const { value } = tag;
  if (value === null || current?.value === null) {
    return stays(
      input,
      'warning',
      `the digest of "${value === null ? tag.name : name}" is not known`,
    );
  }
  const move = wish(origin, name, RANK.assert, { type: 'bind', value, from: tag.name });
  if (current === undefined || current.value === value) return { wishes: [move], findings: [] };
  // Content nobody else names has no version to compare with; a channel that was pushed over must still heal.
  const backup = rule.backup === null ? null : renderName(rule.backup, scope);
  const message = `Channel "${name}" leaves content that no listed candidate has`;
  const findings =
    standsOnCandidate || rule.allowDowngrade ? [] : [findingAt(origin, 'info', message)];
  return { wishes: withBackup(move, backup, { from: current.value, to: value }), findings };
}

/** The name keeps what it has; no rule of this rank may guess otherwise. */
function stays({ origin, name }: MoveInput, severity: 'info' | 'warning', reason: string): Wishes {
  return {
    wishes: [wish(origin, name, RANK.assert, { type: 'block' })],
    findings: [findingAt(origin, severity, `Channel "${name}" stays: ${reason}`)],
  };
}

interface Leaving {
  readonly from: string;
  readonly to: string;
}

/** The channel moves only with its backup, and the backup is made only when the channel moves. */
function withBackup(move: Wish, backup: string | null, { from, to }: Leaving): Wish[] {
  if (backup === null) return [move];
  const kept: Wish = {
    ...wish({ ...move, because: `backup of "${move.tag}" before it moves` }, backup, RANK.assert, {
      type: 'bind',
      value: from,
      from: move.tag,
    }),
    needs: [{ tag: move.tag, value: to }],
  };
  return [{ ...move, needs: [{ tag: backup, value: from }] }, kept];
}
