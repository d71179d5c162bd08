import { LEAST_URGENT } from './jobs.ts';
import type { JobQueue } from './port.ts';

/** Asks BullMQ for as few jobs as it takes. */
type Asked = Pick<JobQueue, 'getJobs' | 'getCountsPerPriority'>;

/**
 * When the oldest of the jobs that could run now was added; null: none waits. Among jobs of one priority the oldest is
 * the first, so a queue of any length is asked for one job of each.
 */
export async function oldestJobAt(queue: Asked): Promise<Date | null> {
  const priorities = Array.from({ length: LEAST_URGENT }, (_, index) => index + 1);
  const counts = await queue.getCountsPerPriority(priorities);
  const asked = [queue.getJobs(['waiting'], 0, 0, true)];
  let before = 0;
  for (const priority of priorities) {
    const count = counts[priority] ?? 0;
    if (count > 0) asked.push(queue.getJobs(['prioritized'], before, before, true));
    before += count;
  }
  const found = (await Promise.all(asked))
    .flat()
    .filter((job) => job !== undefined && job !== null);
  const times = found.map(({ timestamp }) => timestamp);
  return times.length === 0 ? null : new Date(Math.min(...times));
}
