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
  const { cron, timeZone } = schedule;
  const ticks = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: now });
  const [first = 0, second = 0, third = 0] = Array.from({ length: MISSED }, () =>
    ticks.next().getTime(),
  );
  // Gaps differ, as over a weekend: not before as many ticks were missed.
  return Math.max(now.getTime() + MISSED * (second - first), third);
}
