import type { JobSchedulerJson } from 'bullmq';
import type { Policy, PolicySet } from '../model/policy.ts';
import { revisionOfTick, sha256, type TickPayload, tickPayload } from './jobs.ts';
import type { Log } from './log.ts';
import type { JobQueue } from './port.ts';

/** When a policy ticks, as BullMQ words it. */
export type Repeat =
  | { readonly every: number; readonly offset: number }
  | { readonly pattern: string; readonly tz: string };

export interface Wanted {
  readonly id: string;
  readonly repeat: Repeat;
  readonly tick: TickPayload;
}

/** What must change so that the schedulers follow the policies. */
export interface SchedulerDiff {
  readonly upsert: readonly Wanted[];
  readonly remove: readonly string[];
  /** Never swept, or not since the policies changed: these do not wait for their first tick. */
  readonly sweepNow: readonly { readonly wanted: Wanted; readonly previous: string | null }[];
}

/** Who is told, and what joins the sweeps with their cause; null: nobody asked. */
interface Cause {
  readonly log: Log;
  readonly correlationId: string | null;
}

/** Longer than schedulers that start together need, shorter than a person needs to change policies and change them back. */
const FIRST_SWEEP_TTL_MS = 10_000;

type Found = Pick<
  JobSchedulerJson<unknown>,
  'key' | 'every' | 'offset' | 'pattern' | 'tz' | 'template'
>;

/** The scheduler of each policy that is not suspended. Ticks are spread over the interval by the policy's name. */
export function wantedSchedulers({ policies, revision }: PolicySet): readonly Wanted[] {
  return policies
    .filter(({ suspend }) => !suspend)
    .map((policy) => ({
      id: policy.name,
      repeat: repeatOf(policy),
      tick: tickPayload(policy.name, 'schedule', revision),
    }));
}

/** Pure comparison of what BullMQ has with what the policies want. */
export function diffSchedulers(found: readonly Found[], wanted: readonly Wanted[]): SchedulerDiff {
  const foundById = new Map(found.map((scheduler) => [scheduler.key, scheduler]));
  const ids = new Set(wanted.map(({ id }) => id));
  const changes = wanted.map((one) => {
    const existing = foundById.get(one.id);
    const previous = existing ? revisionOfTick(existing.template?.data) : null;
    return { wanted: one, previous, moved: !existing || !sameRepeat(existing, one.repeat) };
  });
  const unswept = changes.filter(({ wanted: one, previous }) => previous !== one.tick.revision);
  return {
    upsert: changes
      .filter((change) => change.moved || unswept.includes(change))
      .map(({ wanted: one }) => one),
    remove: found.map(({ key }) => key).filter((key) => !ids.has(key)),
    sweepNow: unswept.map(({ wanted: one, previous }) => ({ wanted: one, previous })),
  };
}

/** Of that comparison only what is missing: each of these policies had a scheduler, or is to have one. */
export function diffMissing(found: readonly Found[], wanted: readonly Wanted[]): SchedulerDiff {
  const present = new Set(found.map(({ key }) => key));
  const missing = wanted.filter(({ id }) => !present.has(id));
  return diffSchedulers([], missing);
}

/**
 * Makes BullMQ's schedulers follow the policies. Several processes may do it at once. False: a scheduler could not be
 * written, so it is to be done again. `correlationId` joins the sweeps with their cause.
 */
export async function syncSchedulers(
  queue: JobQueue,
  set: PolicySet,
  log: Log,
  correlationId: string | null = null,
): Promise<boolean> {
  const diff = diffSchedulers(await queue.getJobSchedulers(0, -1), wantedSchedulers(set));
  const failed = await carryOut(queue, diff, { log, correlationId });
  if (diff.upsert.length + diff.remove.length > 0) {
    log.info(
      { upserted: diff.upsert.length, removed: diff.remove.length, revision: set.revision },
      'schedulers follow the policies',
    );
  }
  return failed === 0;
}

/** Puts back schedulers that are gone, and sweeps their policies at once: jobs went with them. */
export async function restoreSchedulers(queue: JobQueue, set: PolicySet, log: Log): Promise<void> {
  const diff = diffMissing(await queue.getJobSchedulers(0, -1), wantedSchedulers(set));
  if (diff.upsert.length === 0) return;
  await carryOut(queue, diff, { log, correlationId: null });
  log.warn({ restored: diff.upsert.length }, 'schedulers were gone and are restored');
}

async function carryOut(
  queue: JobQueue,
  diff: SchedulerDiff,
  { log, correlationId }: Cause,
): Promise<number> {
  let failed = 0;
  // First the sweep, then the note that it was asked for: a crash in between costs a second sweep, never the first.
  for (const { wanted, previous } of diff.sweepNow) {
    const caused = correlationId === null ? {} : { correlationId };
    await tickNow(queue, { ...wanted, tick: { ...wanted.tick, ...caused } }, previous);
  }
  for (const wanted of diff.upsert) if (!(await upsert(queue, wanted, log))) failed += 1;
  for (const id of diff.remove) await queue.removeJobScheduler(id);
  return failed;
}

async function tickNow(
  queue: JobQueue,
  { id, tick }: Wanted,
  previous: string | null,
): Promise<void> {
  await queue.add('tick', { ...tick, reason: 'revision' } satisfies TickPayload, {
    attempts: 5,
    deduplication: {
      id: `tick:${id}:${previous ?? ''}:${tick.revision}`,
      ttl: FIRST_SWEEP_TTL_MS,
    },
  });
}

/** One bad schedule must not stop the others. */
async function upsert(queue: JobQueue, { id, repeat, tick }: Wanted, log: Log): Promise<boolean> {
  try {
    await queue.upsertJobScheduler(id, repeat, { name: 'tick', data: tick, opts: { attempts: 5 } });
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error({ policy: id, error: message }, 'policy cannot be scheduled');
    return false;
  }
}

function repeatOf({ name, schedule }: Policy): Repeat {
  if (schedule.type === 'cron') return { pattern: schedule.cron, tz: schedule.timeZone };
  const every = schedule.intervalMs;
  // Never 0: without an offset BullMQ ticks at once and then drifts with the time of the upsert.
  const offset = 1 + (Number.parseInt(sha256(name).slice(0, 12), 16) % Math.max(1, every - 1));
  return { every, offset };
}

function sameRepeat(found: Found, wanted: Repeat): boolean {
  if ('every' in wanted) return found.every === wanted.every && found.offset === wanted.offset;
  return found.pattern === wanted.pattern && found.tz === wanted.tz;
}
