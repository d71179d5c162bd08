import { IN_USE_RULE, type InUse } from '../model/in-use.ts';
import type { Finding } from '../model/plan.ts';
import type { Draft, Drafts } from './diff.ts';

/** Stands where a policy's name stands in findings about the configuration. */
const CONFIGURATION = 'tagwarden.yaml';
const MOST_NAMES = 5;
const UNTOLD = 'what it is made of cannot be read, so a part of it may be in use';

/** Why the content of a name must not lose it; null: nothing is known to be in use, or nobody asked. */
export function inUseReason(value: string | null, inUse: InUse | null): string | null {
  if (inUse === null) return null;
  if (inUse.status === 'unknown') return `what is in use is not known: ${inUse.reason}`;
  if (value === null) return 'its digest is not known, so it may be in use';
  const { digests, children = null } = inUse;
  if (digests.has(value)) return 'its content is in use';
  if (children === null) return null;
  const parts = children.get(value) ?? null;
  if (parts === null) return UNTOLD;
  return parts.some((digest) => digests.has(digest)) ? 'an image of its index is in use' : null;
}

/** Takes out deletes of contents in use; all of them while nobody can say what is in use. */
export function withoutInUse(drafts: readonly Draft[], inUse: InUse | null): Drafts {
  if (inUse === null) return { drafts, findings: [] };
  const isHeld = ({ operation: { type, replaces } }: Draft): boolean =>
    type === 'delete' && inUseReason(replaces, inUse) !== null;
  const held = drafts.filter(isHeld);
  return {
    drafts: held.length === 0 ? drafts : drafts.filter((draft) => !isHeld(draft)),
    findings: findingsAbout(held, inUse),
  };
}

const AT = { policy: CONFIGURATION, rule: IN_USE_RULE } as const;

function findingsAbout(held: readonly Draft[], inUse: InUse): Finding[] {
  if (inUse.status === 'unknown') {
    const what = held.length === 0 ? 'Nothing would be deleted' : `${count(held)} not deleted`;
    const severity = held.length === 0 ? 'warning' : 'error';
    return [{ ...AT, severity, message: `${what}: what is in use is not known, ${inUse.reason}` }];
  }
  const isUntold = ({ operation }: Draft) => inUseReason(operation.replaces, inUse) === UNTOLD;
  const untold = held.filter(isUntold);
  const used = untold.length === 0 ? held : held.filter((draft) => !isUntold(draft));
  return [
    ...findingOf(used, 'info', 'the content is in use, or its digest is not known'),
    ...findingOf(untold, 'warning', 'what it is made of cannot be read, and may be in use'),
  ];
}

function findingOf(held: readonly Draft[], severity: Finding['severity'], why: string): Finding[] {
  return held.length === 0
    ? []
    : [{ ...AT, severity, message: `${count(held)} not deleted: ${why}` }];
}

function count(held: readonly Draft[]): string {
  const shown = held.slice(0, MOST_NAMES).map(({ operation }) => `"${operation.tag}"`);
  const more = held.length > MOST_NAMES ? ` and ${held.length - MOST_NAMES} more` : '';
  return `${shown.join(', ')}${more} ${held.length === 1 ? 'is' : 'are'}`;
}
