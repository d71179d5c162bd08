import { Counter, Gauge, type Registry } from 'prom-client';
import { readInTime } from './in-time.ts';
import type { OnScrape } from './on-scrape.ts';

/** Waiting, active and other jobs of one queue. */
export interface QueueDepth {
  readonly queue: string;
  readonly counts: Readonly<Record<string, number>>;
  /** How long the oldest job that could run waits; null: none does. Absent: not asked. */
  readonly oldestMs?: number | null;
}

/** How the Redis of the queue is, as one look found it. */
export interface RedisState {
  readonly isUp: boolean;
  /** Times a connection of this process was lost and made again. */
  readonly reconnects: number;
  /** False: it may evict jobs. Null: it would not say. */
  readonly neverEvicts: boolean | null;
}

/** What befalls jobs, beyond their results. */
const JOB_EVENTS = {
  stalled: ['jobs_stalled', 'Jobs taken over from a worker that crashed'],
  'lock-lost': ['jobs_lock_lost', 'Jobs whose worker could not renew their lock'],
  fenced: [
    'jobs_writes_fenced',
    'Writes kept back because the lock of their job may have been lost',
  ],
  throttled: ['jobs_throttled', 'Jobs put back because the provider asked for fewer requests'],
  parked: ['jobs_parked', 'Jobs of a newer release, left to a worker of that release'],
  unreadable: ['jobs_unreadable', 'Jobs that no worker could read, kept as failed for a day'],
  quarantined: [
    'jobs_poisoned',
    'Targets left alone for an hour because their passes took workers down',
  ],
  overdue: [
    'targets_overdue',
    'Targets enqueued again because their policies had not come back to them',
  ],
} as const;
const SWEEP_RESULTS = ['ok', 'failed'] as const;

/** Metrics of the queue and of who feeds it. */
export interface QueueMetrics {
  /** `targets`: those it met; `visits`: those of them that need a pass. */
  recordSweep(
    result: (typeof SWEEP_RESULTS)[number],
    met: { readonly targets: number; readonly visits: number },
  ): void;
  recordJob(event: keyof typeof JOB_EVENTS): void;
  /** How many jobs of a queue this process may run at once. */
  recordSlots(queue: string, slots: number): void;
  /** A tick of a policy's schedule was worked here. */
  recordTick(now: Date): void;
  /** The schedules in the queue are those of the policies of this process, or could not be made so. */
  recordSynced(isSynced: boolean): void;
  /** Called on each scrape to read the queue depths. */
  observeQueues(read: () => Promise<readonly QueueDepth[]>): void;
  /** Called on each scrape, where the queue is Redis. */
  observeRedis(read: () => Promise<RedisState>): void;
}

/** Adds the metrics to the registry, every known label at 0. */
export function createQueueMetrics(registry: Registry, onScrape: OnScrape): QueueMetrics {
  return {
    ...createJobMetrics(registry),
    ...createSchedulerMetrics(registry),
    observeQueues: (read) => onScrape(queueLook(registry, read)),
    observeRedis: (read) => onScrape(redisLook(registry, read)),
  };
}

function createJobMetrics(
  registry: Registry,
): Pick<QueueMetrics, 'recordSweep' | 'recordJob' | 'recordSlots'> {
  const registers = [registry];
  const sweeps = new Counter({
    name: 'tagwarden_sweeps_total',
    help: 'Sweeps of policies by result; failed: an account could not be listed to the end',
    labelNames: ['result'],
    registers,
  });
  for (const result of SWEEP_RESULTS) sweeps.inc({ result }, 0);
  const targets = new Counter({
    name: 'tagwarden_sweep_targets_total',
    help: 'Targets that sweeps met; visited: a pass was asked for; confirmed: known to be as they should be without one',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['visited', 'confirmed']) targets.inc({ result }, 0);
  const jobs = new Map<string, Counter>(
    Object.entries(JOB_EVENTS).map(([event, [name, help]]) => [
      event,
      new Counter({ name: `tagwarden_${name}_total`, help, registers }),
    ]),
  );
  const slots = new Gauge({
    name: 'tagwarden_worker_slots',
    help: 'Passes of an account that this process may run at once, by queue; absent in a process without the role worker',
    labelNames: ['queue'],
    registers,
  });
  return {
    recordSlots: (queue, count) => slots.set({ queue }, count),
    recordSweep(result, met) {
      sweeps.inc({ result });
      targets.inc({ result: 'visited' }, met.visits);
      targets.inc({ result: 'confirmed' }, met.targets - met.visits);
    },
    recordJob: (event) => jobs.get(event)?.inc(),
  };
}

function createSchedulerMetrics(
  registry: Registry,
): Pick<QueueMetrics, 'recordTick' | 'recordSynced'> {
  const registers = [registry];
  const synced = new Gauge({
    name: 'tagwarden_scheduler_leader',
    help: '1 in each scheduler that keeps the schedules of the policies; several may, and the sum must not be 0',
    registers,
  });
  const tick = new Gauge({
    name: 'tagwarden_scheduler_last_tick_timestamp_seconds',
    help: 'When a tick of a policy was last worked by this process; the latest of all processes counts',
    registers,
  });
  return {
    recordTick: (now) => tick.set(now.getTime() / 1_000),
    recordSynced: (isSynced) => synced.set(isSynced ? 1 : 0),
  };
}

function queueLook(
  registry: Registry,
  read: () => Promise<readonly QueueDepth[]>,
): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: 'tagwarden_queue_up',
    help: '1 when the queue answered this scrape, else 0 and no tagwarden_queue_jobs',
    registers,
  });
  const oldest = new Gauge({
    name: 'tagwarden_queue_oldest_job_age_seconds',
    help: 'Age of the oldest job that could run now, by queue; 0: none waits',
    labelNames: ['queue'],
    registers,
  });
  const jobs = new Gauge({
    name: 'tagwarden_queue_jobs',
    help: 'Jobs by queue and state',
    labelNames: ['queue', 'state'],
    registers,
  });
  return async () => {
    const depths = await readInTime(read);
    up.set(depths === null ? 0 : 1);
    jobs.reset();
    oldest.reset();
    for (const { queue, counts, oldestMs } of depths ?? []) {
      for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
      if (oldestMs !== undefined) oldest.set({ queue }, (oldestMs ?? 0) / 1_000);
    }
  };
}

function redisLook(registry: Registry, read: () => Promise<RedisState>): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: 'tagwarden_redis_up',
    help: '1 when Redis answered this scrape, else 0',
    registers,
  });
  const reconnects = new Counter({
    name: 'tagwarden_redis_reconnects_total',
    help: 'Times a connection of this process to Redis was lost and made again',
    registers,
  });
  const safe = new Gauge({
    name: 'tagwarden_redis_eviction_policy_ok',
    help: '1 when Redis evicts nothing (maxmemory-policy noeviction), else 0; absent while it does not say',
    registers,
  });
  return async () => {
    const state = await readInTime(read);
    up.set(state?.isUp === true ? 1 : 0);
    safe.remove();
    if (state === null) return;
    reconnects.reset();
    reconnects.inc(state.reconnects);
    if (state.neverEvicts !== null) safe.set(state.neverEvicts ? 1 : 0);
  };
}
