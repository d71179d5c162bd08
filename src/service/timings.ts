import { CronExpressionParser } from 'cron-parser';
import type { Policy, Schedule } from '../model/policy.ts';
import type { PolicyTiming } from '../telemetry/policy-metrics.ts';

const MINUTE_MS = 60_000;
/** Longer than the gaps of a week differ; a month goes by its first gap. */
const HORIZON_MS = 8 * 24 * 3_600_000;

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
  const { cron, timeZone } = schedule;
  const { hour, minute } = CronExpressionParser.parse(cron, { tz: timeZone }).fields;
  const times = hour.values.flatMap((hours) =>
    minute.values.map((min) => hours * 60 + Number(min)),
  );
  const first = times[0] ?? 0;
  const dayMs = longestDayGapMs({ cron, timeZone, first }, now);
  // From the last time of a day to the first of the next one that has any.
  const overNightMs = dayMs - ((times.at(-1) ?? first) - first) * MINUTE_MS;
  const gaps = times.map((time, at) => (time - (times[at - 1] ?? time)) * MINUTE_MS);
  return Math.max(overNightMs, ...gaps);
}

interface Daily {
  readonly cron: string;
  readonly timeZone: string;
  /** First time of each of its days, in minutes. */
  readonly first: number;
}

/** By one tick a day: each takes the parser a part of a millisecond, and every minute of a week would hold up the process. */
function longestDayGapMs({ cron, timeZone: tz, first }: Daily, now: Date): number {
  const days = cron.trim().split(/\s+/).slice(2).join(' ');
  const daily = `${first % 60} ${Math.floor(first / 60)} ${days}`;
  const parsed = CronExpressionParser.parse(daily, { tz, currentDate: now });
  const begin = parsed.next().getTime();
  let longest = 0;
  for (let last = begin; last - begin < HORIZON_MS; ) {
    const next = parsed.next().getTime();
    longest = Math.max(longest, next - last);
    last = next;
  }
  return longest;
}
