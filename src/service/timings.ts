import { CronExpressionParser } from 'cron-parser';
import type { Policy, Schedule } from '../model/policy.ts';
import type { PolicyTiming } from '../telemetry/policy-metrics.ts';

/** Longer than the gaps of a week differ; a month goes by its first gap. */
const HORIZON_MS = 8 * 24 * 3_600_000;
/** A schedule that ticks more often than this in a horizon has gaps too short to matter. */
const MOST_TICKS = 500;

/** How often each policy that is not suspended comes back, for the metrics. */
export function timingsOf(
  policies: readonly Pick<Policy, 'name' | 'mode' | 'schedule' | 'suspend'>[],
  now: Date,
): readonly PolicyTiming[] {
  return policies.flatMap(({ name, mode, schedule, suspend }) =>
    suspend ? [] : [{ policy: name, mode, intervalMs: longestGapMs(schedule, now) }],
  );
}

/** Gaps of a cron expression differ, as over a night or a weekend: an alert must wait for the longest. */
function longestGapMs(schedule: Schedule, now: Date): number {
  if (schedule.type === 'interval') return schedule.intervalMs;
  const { cron, timeZone: tz } = schedule;
  const parsed = CronExpressionParser.parse(cron, { tz, currentDate: now });
  const first = parsed.next().getTime();
  let last = first;
  let longest = 0;
  for (let count = 0; count < MOST_TICKS && last - first < HORIZON_MS; count += 1) {
    const next = parsed.next().getTime();
    longest = Math.max(longest, next - last);
    last = next;
  }
  return longest;
}
