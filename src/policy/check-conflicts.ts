import { globMatcher } from '../model/glob.ts';
import type { ChannelRule, ImageTagPolicy, Policy, ResourceTagPolicy } from '../model/policy.ts';
import { type PolicyComplaint, positionOf } from './complaint.ts';
import { leadOf } from './glob-overlap.ts';
import { imageOverlap, type Overlap, repositoryOverlap } from './selector-overlap.ts';
import { parseTemplate, templateIsLiteral } from './template.ts';

/** What one rule wants of one name. */
interface Wanted {
  readonly rule: string;
  readonly name: string;
  /** Two rules with one text agree. */
  readonly value: string;
  /** The value in words. */
  readonly shown: string;
  /** False: another value may still come to the same content. */
  readonly certain: boolean;
}

/** A wanted name at one selector of its policy. */
interface Claim<P extends Policy = Policy> extends Wanted {
  readonly policy: P;
  readonly selector: P['targets'][number];
  /** Place of the policy in the set: the later one is complained about. */
  readonly order: number;
  /** What every selected name or path starts with; claims whose leads part ways never meet. */
  readonly lead: string;
}

/** Rules of different policies that want different values for one name at targets they share. */
export function checkConflicts(policies: readonly Policy[]): readonly PolicyComplaint[] {
  const active = policies.filter(({ suspend }) => !suspend);
  const resource = (section: Section): readonly Claim<ResourceTagPolicy>[] =>
    active.flatMap((policy, order) =>
      policy.kind === 'ResourceTagPolicy' ? keyClaims(section, policy, order) : [],
    );
  const image = active.flatMap((policy, order) =>
    policy.kind === 'ImageTagPolicy' ? tagClaims(policy, order) : [],
  );
  return [
    ...SECTIONS.flatMap((section) =>
      conflictsAmong(resource(section), (left, right) =>
        imageOverlap(left.selector, right.selector),
      ),
    ),
    ...conflictsAmong(image, (left, right) => repositoryOverlap(left.selector, right.selector)),
  ];
}

/** What becomes of a key: an ensured value always, a default only where it is absent, so the two never conflict. */
const SECTIONS = ['ensure', 'default'] as const;
type Section = (typeof SECTIONS)[number];

function keyClaims(
  section: Section,
  policy: ResourceTagPolicy,
  order: number,
): readonly Claim<ResourceTagPolicy>[] {
  const wanted = Object.entries(policy.tags[section])
    .filter(([, value]) => templateIsLiteral(parseTemplate(value)))
    .map(([name, value]) => {
      const shown = section === 'ensure' ? `"${value}"` : `"${value}" by default`;
      // A default is normalized before it is written, and two of them may come to the same.
      return { rule: `tags.${section}.${name}`, name, value, shown, certain: section === 'ensure' };
    });
  return policy.targets.flatMap((selector) => {
    const lead = leadOf(selector.name ?? '*');
    return wanted.map((one) => ({ ...one, policy, selector, order, lead }));
  });
}

function tagClaims(policy: ImageTagPolicy, order: number): readonly Claim<ImageTagPolicy>[] {
  const copied = policy.copies.map(({ from, to }, index) => {
    const shown = `a copy of "${from}"`;
    return { rule: `copies[${index}]`, name: to, value: shown, shown, certain: true };
  });
  const moved = policy.channels.flatMap((channel, index) => {
    const { tag, backup, ...choice } = channel;
    const rule = `channels[${index}]`;
    const value = JSON.stringify(choice);
    const own = { rule, name: tag, value, shown: renderChoice(channel), certain: false };
    if (backup === null) return [own];
    const shown = `the backup of "${tag}"`;
    return [own, { rule, name: backup, value: shown, shown, certain: false }];
  });
  return policy.targets.flatMap((selector) =>
    selector.repositories.flatMap((glob) => {
      const narrowed = { ...selector, repositories: [glob] };
      const lead = leadOf(glob);
      return [...copied, ...moved].map((one) => {
        return { ...one, policy, selector: narrowed, order, lead };
      });
    }),
  );
}

function renderChoice({ select }: ChannelRule): string {
  return `a channel by ${select.by}${select.by === 'semver' ? ` ${select.range}` : ''}`;
}

interface Conflict {
  readonly later: Claim;
  readonly earlier: Claim;
  /** Both rules hold, and mean different content. */
  readonly sure: boolean;
  readonly overlap: Exclude<Overlap, 'none'>;
}

function conflictsAmong<C extends Claim>(
  claims: readonly C[],
  overlapOf: (left: C, right: C) => Overlap,
): readonly PolicyComplaint[] {
  const groups = Map.groupBy(claims, ({ name, selector }) =>
    JSON.stringify([selector.account, name]),
  );
  // One complaint a rule: the first conflict that is sure, else the first one.
  const worst = new Map<string, Conflict>();
  for (const group of groups.values()) {
    for (const conflict of conflictsIn(group, overlapOf)) {
      const key = JSON.stringify([conflict.later.order, conflict.later.rule]);
      const known = worst.get(key);
      if (known === undefined || (conflict.sure && !known.sure)) worst.set(key, conflict);
    }
  }
  return [...worst.values()].map(renderConflict);
}

function* conflictsIn<C extends Claim>(
  group: readonly C[],
  overlapOf: (left: C, right: C) => Overlap,
): Generator<Conflict> {
  const sorted = group.toSorted((left, right) => (left.lead < right.lead ? -1 : 1));
  for (const [index, left] of sorted.entries()) {
    for (const right of sorted.slice(index + 1)) {
      // Sorted by lead: from here on none starts with this one.
      if (!right.lead.startsWith(left.lead)) break;
      if (left.value === right.value || left.order === right.order) continue;
      const overlap = overlapOf(left, right);
      if (overlap === 'none') continue;
      const [earlier, later] = left.order < right.order ? [left, right] : [right, left];
      const sure = overlap === 'sure' && isSure(left) && isSure(right);
      yield { earlier, later, overlap, sure };
    }
  }
}

/** An exemption may take the name out of the shared targets. */
function isSure({ certain, policy, name }: Claim): boolean {
  const exempt = policy.exemptions.some(({ tags }) => tags.length === 0 || globMatcher(tags)(name));
  return certain && !exempt;
}

function renderConflict({ earlier, later, overlap, sure }: Conflict): PolicyComplaint {
  const { file, line, column } = positionOf(earlier.policy, earlier.rule);
  const rival = `policy "${earlier.policy.name}" (${earlier.rule} at ${file}:${line}:${column})`;
  const where = overlap === 'sure' ? 'on the same targets' : 'on targets that may be the same';
  const message = `"${later.name}" is ${later.shown} here and ${earlier.shown} in ${rival}, ${where}`;
  const expected = 'one policy to decide it, or targets that do not meet';
  const severity = sure ? 'error' : 'warning';
  const problem = { code: 'conflict', severity, message, expected } as const;
  return { policy: later.policy, complaint: { rule: later.rule, problem } };
}
