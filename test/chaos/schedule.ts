import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './worker.ts';
import type { World } from './world.ts';

/** Something bad that happens to a deployment; `at`: milliseconds from the start. */
export type Disturbance =
  | { readonly type: 'kill'; readonly at: number; readonly worker: number }
  | { readonly type: 'restart'; readonly at: number; readonly worker: number }
  | { readonly type: 'freeze'; readonly at: number; readonly worker: number; readonly ms: number }
  | { readonly type: 'redis-down' | 'black-hole'; readonly at: number; readonly ms: number }
  | { readonly type: 'slow'; readonly at: number; readonly ms: number; readonly delayMs: number }
  | { readonly type: 'flush' | 'reset'; readonly at: number };
export type DisturbanceType = Disturbance['type'];

export interface ScheduleOptions {
  readonly types: readonly DisturbanceType[];
  readonly everyMs: number;
  readonly times: number;
  readonly workers: number;
  /** How long what has a duration lasts. */
  readonly lastingMs?: number;
}

/** The disturbances of a run: which, when and to whom, all drawn from the seed. */
export function drawSchedule(random: () => number, options: ScheduleOptions): Disturbance[] {
  const { types, everyMs, times, workers, lastingMs = 10_000 } = options;
  return Array.from({ length: times }, (_, index): Disturbance => {
    const type = types[Math.floor(random() * types.length)] ?? 'kill';
    // Never all at the same beat: up to a quarter of the time between two sooner or later.
    const at = Math.round(everyMs * (index + 1 + (random() - 0.5) / 2));
    const worker = Math.floor(random() * workers);
    switch (type) {
      case 'kill':
      case 'restart':
        return { type, at, worker };
      case 'freeze':
        return { type, at, worker, ms: lastingMs };
      case 'redis-down':
      case 'black-hole':
        return { type, at, ms: lastingMs };
      case 'slow':
        return { type, at, ms: lastingMs, delayMs: Math.round(5 + random() * 100) };
      case 'flush':
      case 'reset':
        return { type, at };
    }
  });
}

/** What came of a schedule. */
export interface Disturbed {
  readonly done: number;
  /** When the last one was over, by performance.now(); null: none was. */
  readonly lastAt: number | null;
  /** Ends of processes told to stop that were no exit 0, or too slow. */
  readonly badStops: readonly string[];
}

const LONGEST_STOP_MS = 25_000;

/** Lets the schedule happen until it is used up or the signal is aborted; what it began is ended. */
export async function disturb(
  world: World,
  schedule: readonly Disturbance[],
  signal: AbortSignal,
): Promise<Disturbed> {
  const startedAt = performance.now();
  const badStops: string[] = [];
  const restarts: Promise<void>[] = [];
  let done = 0;
  let lastAt: number | null = null;
  for (const disturbance of schedule) {
    const waitMs = disturbance.at - (performance.now() - startedAt);
    if (!(await waited(waitMs, signal))) break;
    if (disturbance.type === 'kill') {
      const reborn = kill(world.workers[disturbance.worker]);
      restarts.push(reborn.catch((error: unknown) => void badStops.push(String(error))));
    } else badStops.push(...(await happen(world, disturbance, signal)));
    done += 1;
    lastAt = performance.now();
  }
  await Promise.all(restarts);
  return { done, lastAt, badStops };
}

/** SIGKILL and start again; nobody waits for the start, and it may end in the next kill. */
async function kill(worker: Member | undefined): Promise<void> {
  await worker?.kill();
  await worker?.start();
}

async function happen(
  world: World,
  disturbance: Exclude<Disturbance, { type: 'kill' }>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { workers, proxy, redis } = world;
  switch (disturbance.type) {
    case 'restart':
      return await restart(workers[disturbance.worker]);
    case 'freeze':
      workers[disturbance.worker]?.signal('SIGSTOP');
      await waited(disturbance.ms, signal);
      workers[disturbance.worker]?.signal('SIGCONT');
      return [];
    case 'redis-down':
      await redis.kill();
      await waited(disturbance.ms, signal);
      await redis.start();
      return [];
    case 'black-hole':
      proxy.set('black');
      await waited(disturbance.ms, signal);
      proxy.set('open');
      return [];
    case 'slow':
      proxy.delayMs = disturbance.delayMs;
      await waited(disturbance.ms, signal);
      proxy.delayMs = 0;
      return [];
    case 'flush':
      await world.flush();
      return [];
    case 'reset':
      proxy.reset();
      return [];
  }
}

/** SIGTERM and start again, as a rolling update does. */
async function restart(worker: Member | undefined): Promise<readonly string[]> {
  if (worker === undefined) return [];
  const { end, ms } = await worker.stop();
  await worker.start();
  const problems: string[] = [];
  if (end !== 0) problems.push(`${worker.name} stopped with ${end}`);
  if (ms > LONGEST_STOP_MS) problems.push(`${worker.name} took ${Math.round(ms)} ms to stop`);
  return problems;
}

/** False: the signal was aborted meanwhile. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(Math.max(0, ms), true, { signal }).catch(() => false);
}
