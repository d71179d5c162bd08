import { IN_USE_RULE, type InUse } from '../model/in-use.ts';
import type { Finding } from '../model/plan.ts';
import type { Draft, Drafts } from './diff.ts';

/** Stands where a policy's name stands in findings about the configuration. */
const CONFIGURATION = 'tagwarden.yaml';
const MOST_NAMES = 5;

/** Why the content of a name must not lose it; null: nothing is known to be in use, or nobody asked. */
export function inUseReason(value: string | null, inUse: InUse | null): string | null {
  if (inUse === null) return null;
  if (inUse.status === 'unknown') return `what is in use is not known: ${inUse.reason}`;
  if (value === null) return 'its digest is not known, so it may be in use';
  return inUse.digests.has(value) ? 'its content is in use' : null;
}

/** Takes out deletes of contents in use; all of them while nobody can say what is in use. */
export function withoutInUse(drafts: readonly Draft[], inUse: InUse | null): Drafts {
  if (inUse === null) return { drafts, findings: [] };
  const isHeld = ({ operation: { type, replaces } }: Draft): boolean =>
    type === 'delete' && inUseReason(replaces, inUse) !== null;
  const held = drafts.filter(isHeld);
  return {
    drafts: held.length === 0 ? drafts : drafts.filter((draft) => !isHeld(draft)),
    findings: findingsAbout(
      held.map(({ operation }) => operation.tag),
      inUse,
    ),
  };
}

function findingsAbout(held: readonly string[], inUse: InUse): Finding[] {
  const at = { policy: CONFIGURATION, rule: IN_USE_RULE } as const;
  if (inUse.status === 'unknown') {
    const what = held.length === 0 ? 'Nothing would be deleted' : `${count(held)} not deleted`;
    const severity = held.length === 0 ? 'warning' : 'error';
    return [{ ...at, severity, message: `${what}: what is in use is not known, ${inUse.reason}` }];
  }
  if (held.length === 0) return [];
  const message = `${count(held)} not deleted: the content is in use, or its digest is not known`;
  return [{ ...at, severity: 'info', message }];
}

function count(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => `"${name}"`);
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${shown.join(', ')}${more} ${names.length === 1 ? 'is' : 'are'}`;
}
