import { CronExpressionParser } from 'cron-parser';
import type { Policy, Schedule } from '../model/policy.ts';

/** Intervals without a pass after which a target is overdue. */
const MISSED = 3;

/** When a target passed at `now` is overdue by the policy that asks for it most often; null: none does. */
export function dueAt(policies: readonly Pick<Policy, 'schedule'>[], now: Date): Date | null {
  const times = policies.map(({ schedule }) => dueBy(schedule, now));
  return times.length === 0 ? null : new Date(Math.min(...times));
}

function dueBy(schedule: Schedule, now: Date): number {
  if (schedule.type === 'interval') return now.getTime() + MISSED * schedule.intervalMs;
  const { first, second, third } = ticksAfter(schedule, now);
  // Gaps differ, as over a weekend: not before as many ticks were missed.
  return Math.max(now.getTime() + MISSED * (second - first), third);
}

interface Ticks {
  /** When they were worked out; they are the next three from then up to the first. */
  readonly since: number;
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

// Milliseconds of work for each, and asked for by every pass.
const known = new Map<string, Ticks>();
/** Policies come and go; so many schedules are not in force at once. */
const MOST_KNOWN = 1_000;

function ticksAfter({ cron, timeZone }: Extract<Schedule, { type: 'cron' }>, now: Date): Ticks {
  const key = `${timeZone} ${cron}`;
  const last = known.get(key);
  const nowMs = now.getTime();
  if (last !== undefined && last.since <= nowMs && nowMs < last.first) return last;
  const parsed = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: now });
  const next = (): number => parsed.next().getTime();
  const ticks = { since: nowMs, first: next(), second: next(), third: next() };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, ticks);
  return ticks;
}
