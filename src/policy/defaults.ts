import { globMatcher } from '../model/glob.ts';
import type { Exemption, Limits, Policy, Schedule } from '../model/policy.ts';
import type { Position } from '../model/position.ts';
import { buildExemption, buildLimits, buildSchedule } from './build.ts';
import type { Complaint } from './complaint.ts';
import { renderDuration } from './duration.ts';
import type { OverrideField, PolicyDefaultsDocument } from './schema-defaults.ts';

/** What holds for every policy of a set. */
export interface Defaults {
  /** Null: each policy's own, or the built-in one. */
  readonly schedule: Schedule | null;
  readonly limits: Limits;
  readonly protect: readonly string[];
  readonly exemptions: readonly Exemption[];
  /** Whether a policy of this name may state the field otherwise. */
  readonly allows: (policy: string, field: OverrideField) => boolean;
  readonly positions: Readonly<Record<string, Position>>;
}

type Positions = Policy['positions'];

/** Turns a checked PolicyDefaults document into what applyDefaults() works with. */
export function buildDefaults({ spec }: PolicyDefaultsDocument, positions: Positions): Defaults {
  // Without a list every policy may state its own timing; a looser limit is always an exception.
  const overrides = spec.overrides ?? [{ policies: ['**'], fields: ['interval'] as const }];
  const matchers = overrides.map(({ policies, fields }) => ({
    fields: new Set<OverrideField>(fields),
    matches: globMatcher(policies),
  }));
  return {
    schedule: buildSchedule(spec),
    limits: buildLimits(spec.limits),
    protect: spec.protect,
    exemptions: spec.exemptions.map(buildExemption),
    allows: (policy, field) =>
      matchers.some(({ fields, matches }) => fields.has(field) && matches(policy)),
    positions,
  };
}

/** A policy with the defaults merged in, and where it goes against them. */
export interface Merged {
  readonly policy: Policy;
  readonly complaints: readonly Complaint[];
}

/** Merges: protect and exemptions add up, limits tighten, the timing fills in. */
export function applyDefaults(policy: Policy, defaults: Defaults): Merged {
  const timing = mergeSchedule(policy, defaults);
  const limits = mergeLimits(policy, defaults);
  const protect = defaults.protect.filter((glob) => !policy.protect.includes(glob));
  const merged = {
    schedule: timing.schedule,
    limits: limits.limits,
    protect: [...policy.protect, ...protect],
    exemptions: [...policy.exemptions, ...defaults.exemptions],
    positions: { ...policy.positions, ...exemptionPositions(policy, defaults) },
  };
  const complaints = [...timing.complaints, ...limits.complaints];
  return { policy: { ...policy, ...merged }, complaints };
}

/** Exemptions of the defaults stand in their file, after the policy's own. */
function exemptionPositions(policy: Policy, { positions }: Defaults): Positions {
  const own = policy.exemptions.length;
  const placed = Object.entries(positions).flatMap(([path, position]) => {
    const [, index] = /^exemptions\[(\d+)\]$/.exec(path) ?? [];
    return index === undefined ? [] : [[`exemptions[${own + Number(index)}]`, position] as const];
  });
  return Object.fromEntries(placed);
}

interface Timing {
  readonly schedule: Schedule;
  readonly complaints: readonly Complaint[];
}

function mergeSchedule(policy: Policy, { schedule, allows }: Defaults): Timing {
  const own = { schedule: policy.schedule, complaints: [] };
  if (schedule === null) return own;
  const stated = ['interval', 'schedule'].find((field) => policy.positions[field] !== undefined);
  if (stated === undefined) return { schedule, complaints: [] };
  if (allows(policy.name, 'interval')) return own;
  const message = `PolicyDefaults does not let policy "${policy.name}" state its own ${stated}`;
  const expected = `no ${stated}, which means ${renderSchedule(schedule)}; or the policy under overrides`;
  const problem = { code: 'override-refused', message, expected } as const;
  return { schedule, complaints: [{ rule: stated, problem }] };
}

function renderSchedule(schedule: Schedule): string {
  if (schedule.type === 'cron') return `"${schedule.cron}" in ${schedule.timeZone}`;
  return `every ${renderDuration(schedule.intervalMs)}`;
}

const LIMITS = ['maxChanges', 'maxDeletes', 'maxDeletePercent'] as const;

function mergeLimits(
  policy: Policy,
  { limits, allows }: Defaults,
): { readonly limits: Limits; readonly complaints: readonly Complaint[] } {
  const complaints: Complaint[] = [];
  const mergeOne = (field: (typeof LIMITS)[number]): number | null => {
    const own = policy.limits[field];
    const ceiling = limits[field];
    if (own === null || ceiling === null) return own ?? ceiling;
    if (own <= ceiling || allows(policy.name, 'limits')) return own;
    const message = `${field} ${own} is above the ${ceiling} of PolicyDefaults`;
    const expected = `at most ${ceiling}, or the policy under overrides with limits`;
    complaints.push({
      rule: `limits.${field}`,
      problem: { code: 'loose-limit', message, expected },
    });
    return ceiling;
  };
  const [maxChanges = null, maxDeletes = null, maxDeletePercent = null] = LIMITS.map(mergeOne);
  return { limits: { maxChanges, maxDeletes, maxDeletePercent }, complaints };
}
