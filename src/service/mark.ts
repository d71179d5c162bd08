import { hash } from 'node:crypto';
import { readRevision, readVersion } from '../config/version.ts';
import type { Policy } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import type { Discovered } from '../model/target.ts';
import { sortByName } from '../plan/sort-by-name.ts';
import { goesByOwnTags, inForce } from '../policy/own-tags.ts';

/** What the plan of a target follows from besides its own tags and facts. */
export interface Surroundings {
  readonly revision: string;
  /** Those that select the target. */
  readonly policies: readonly Policy[];
  readonly protect: readonly string[];
  readonly maxDeletePercent: number;
  /** True: contents in use are asked for, which come and go. */
  readonly asksInUse: boolean;
  readonly now: Date;
}

/** Stands for the surroundings of a target; null: its plan goes by other targets or by the clock as well. */
export function markPlace(around: Surroundings): string | null {
  const { revision, policies, protect, maxDeletePercent, asksInUse, now } = around;
  const isShielded = asksInUse && policies.some(({ kind }) => kind === 'ImageTagPolicy');
  if (isShielded || !goesByOwnTags(policies)) return null;
  const names = policies.map(({ name }) => name);
  // Another build may judge the same tags another way, so it looks at every target once.
  const outside = [buildOf(), protect, maxDeletePercent, inForce(policies, now)];
  return digest(JSON.stringify([revision, names, outside]));
}

/** Stands for the state of a target in its surroundings: where a pass found it in sync, the next one would, too. */
export function markState(place: string, fingerprint: string): string {
  return digest(`${place} ${fingerprint}`);
}

/** Text that is the same while the tags are, as far as discovery tells; null: it does not. */
export function fingerprintOf({ tags = null, attributes, fingerprint = null }: Discovered) {
  if (tags === null) return fingerprint;
  const told: unknown[] = [attributes];
  // A cloud may list the same tags in another order.
  for (const { name, value } of sortByName(tags)) told.push(name, value);
  // One text made in one go: a sweep makes a hundred thousand of them.
  return JSON.stringify(told);
}

/** The mark that a pass leaves: only one that found nothing to do says that the state it was sent to is good. */
export function markAfter(
  report: Report,
  fingerprint: string | null | undefined,
  around: () => Surroundings,
): string | null {
  if (!fingerprint || report.status !== 'in-sync' || report.performed.length > 0) return null;
  const place = markPlace(around());
  return place === null ? null : markState(place, fingerprint);
}

/** 128 bits: no two states ever share one. */
const DIGEST_LENGTH = 22;

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, DIGEST_LENGTH);
}

let build: string | null = null;

function buildOf(): string {
  build ??= `${readVersion()} ${readRevision()}`;
  return build;
}
