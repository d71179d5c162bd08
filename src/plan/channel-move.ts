import type { Finding } from '../model/plan.ts';
import type { ChannelRule } from '../model/policy.ts';
import type { NameTemplate } from './candidates.ts';
import { waitingHolds } from './channel-wait.ts';
import type { Scored } from './select/scored.ts';
import type { VisibleTags } from './visible-tags.ts';
import {
  BLOCK,
  findingAt,
  HOLD,
  type Origin,
  RANK,
  type Want,
  type Wish,
  type Wishes,
  wish,
} from './wish.ts';

export interface MoveInput {
  readonly rule: ChannelRule;
  readonly origin: Origin;
  /** The channel's name, rendered. */
  readonly name: string;
  /** All tags of this name that compare. */
  readonly group: readonly Scored[];
  /** Whether a tag lies in what the channel selects. */
  readonly admitted: (scored: Scored) => boolean;
  /** Whether it may be chosen now. */
  readonly eligible: (scored: Scored) => boolean;
  readonly backup: NameTemplate | null;
  readonly tags: VisibleTags;
  readonly now: Date;
}

/** Where one channel goes, or why it stays. */
export function channelMove(input: MoveInput): Wishes {
  const { origin, name, group, admitted, eligible, tags } = input;
  const value = tags.find(name)?.value ?? null;
  const best = bestOf(group, eligible);
  const waiting = bestOf(group, admitted);
  const standing = value === null ? undefined : standingOn(value, group);
  const { wishes, findings } = decide(input, best, standing ?? null);
  const names = [name, ...backupNames(input), ...[...best, ...waiting].map(({ tag }) => tag.name)];
  const held = names.map((tag) => wish(origin, tag, RANK.assert, HOLD));
  return {
    wishes: [
      ...held,
      ...standingHold(input, standing, value),
      ...waitingHolds(input, best[0], waiting[0]),
      ...wishes,
    ],
    findings: [...findings, ...prereleaseFindings(input, standing)],
  };
}

/** Somebody moved a channel to what its rule would never choose. */
function prereleaseFindings(
  { rule: { select }, origin, name }: MoveInput,
  standing: Scored | undefined,
): Finding[] {
  const prerelease = standing?.version?.prerelease ?? [];
  if (standing === undefined || prerelease.length === 0) return [];
  if (select.by !== 'semver' || select.prerelease) return [];
  const message = `Channel "${name}" is on prerelease "${standing.tag.name}", and its rule does not say prerelease: true`;
  return [findingAt(origin, 'warning', message)];
}

/** A channel that stays is judged by the tag it stands on again at the next pass, so that tag has to be there. */
function standingHold(
  { origin, name }: MoveInput,
  standing: Scored | undefined,
  value: string | null,
): Wish[] {
  if (standing === undefined || value === null) return [];
  const hold: Want = { type: 'hold', of: { tag: name, value } };
  return [wish(origin, standing.tag.name, RANK.assert, hold)];
}

/** The best of those that fit: more than one when they cannot be told apart. */
function bestOf(group: readonly Scored[], fits: (scored: Scored) => boolean): readonly Scored[] {
  let best: Scored[] = [];
  let top = Number.NEGATIVE_INFINITY;
  for (const scored of group) {
    if (scored.score < top || !fits(scored)) continue;
    if (scored.score > top) best = [];
    top = scored.score;
    best.push(scored);
  }
  return best;
}

/** The best tag of the content a channel is bound to. */
function standingOn(value: string, group: readonly Scored[]): Scored | undefined {
  let best: Scored | undefined;
  for (const scored of group) {
    if (best !== undefined && scored.score <= best.score) continue;
    if (scored.tag.value === value) best = scored;
  }
  return best;
}

/** One for each version a backup may be named after, so that no old backup is cleaned up. */
function backupNames({ backup, group, rule }: MoveInput): Iterable<string> {
  if (backup === null || rule.backup === null) return [];
  return backup.literal ? [rule.backup] : new Set(group.map((scored) => backup.render(scored)));
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

function moveTo(chosen: Scored, standsOnCandidate: boolean, input: MoveInput): Wishes {
  const { origin, name, tags } = input;
  const { tag } = chosen;
  const current = tags.find(name);
  const { value } = tag;
  if (value === null || current?.value === null) {
    return stays(
      input,
      'warning',
      `the digest of "${value === null ? tag.name : name}" is not known`,
    );
  }
  const move = wish(origin, name, RANK.assert, { type: 'bind', value, from: tag.name });
  if (current === null || current.value === value) return { wishes: [move], findings: [] };
  const backup = input.backup?.render(chosen) ?? null;
  // Content nobody else names has no version to compare with; a channel that was pushed over must still heal.
  if (!standsOnCandidate) return heal(move, backup, { ...input, held: current.value });
  return { wishes: withBackup(move, backup, { from: current.value, to: value }), findings: [] };
}

/** A backup holds the last good content, and what no listed candidate has is not known to be good. */
function heal(
  move: Wish,
  backup: string | null,
  { rule, origin, name, held }: MoveInput & { readonly held: string },
): Wishes {
  const leaves = `Channel "${name}" leaves content that no listed candidate has ("${held}")`;
  if (backup !== null) {
    const message = `${leaves}; it is not saved as "${backup}", which stays what it is`;
    return { wishes: [move], findings: [findingAt(origin, 'warning', message)] };
  }
  const findings = rule.allowDowngrade ? [] : [findingAt(origin, 'info', leaves)];
  return { wishes: [move], findings };
}

/** The name keeps what it has; no rule of this rank may guess otherwise. */
function stays({ origin, name }: MoveInput, severity: 'info' | 'warning', reason: string): Wishes {
  const because = `stays: ${reason}`;
  return {
    wishes: [wish({ ...origin, because }, name, RANK.assert, BLOCK)],
    findings: [findingAt(origin, severity, `Channel "${name}" ${because}`)],
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
    ...wish(
      { ...move.origin, because: `backup of "${move.tag}" before it moves` },
      backup,
      RANK.assert,
      { type: 'bind', value: from, from: move.tag },
    ),
    needs: [{ tag: move.tag, value: to }],
  };
  return [{ ...move, needs: [{ tag: backup, value: from }] }, kept];
}
