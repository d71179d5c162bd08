import { readFileSync } from 'node:fs';

/** Resident memory of a process in MB, as Linux tells it: now, or the most since its start. */
export function residentMb(pid: number | undefined, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) * 1_024) / 1e6;
}

/** The most memory of a process while `work` lasts, looked at every 50 ms. */
export async function peakMbDuring(
  pid: number | undefined,
  work: () => Promise<unknown>,
): Promise<number> {
  let peak = residentMb(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMb(pid));
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, residentMb(pid));
}

/** Processor time of all threads of a process so far. */
export function processorMs(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command in parentheses may hold spaces; user and system time are 12th and 13th behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Linux counts in hundredths of a second for everybody who reads /proc. */
const MS_PER_TICK = 10;
