import type { BackoffStrategy, Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from './log.ts';
import type { AppendOnly } from './redis-check.ts';
import type { RedisState } from './redis-probe.ts';
import type { QueueTelemetry } from './tracing.ts';

export type QueueJob = Job<unknown, void, string>;

/** The part of a BullMQ queue that the engine uses. */
export type JobQueue = Pick<
  Queue<unknown, void, string>,
  | 'name'
  | 'add'
  | 'addBulk'
  | 'getJob'
  | 'getJobs'
  | 'getCountsPerPriority'
  | 'upsertJobScheduler'
  | 'getJobSchedulers'
  | 'removeJobScheduler'
  | 'rateLimit'
  | 'getJobCounts'
  | 'close'
>;

/** The part of a BullMQ worker that the engine uses. */
export type JobWorker = Pick<
  Worker<unknown, void, string>,
  'name' | 'cancelAllJobs' | 'close' | 'waitUntilReady'
>;

/** One attempt at one job; rejects with BullMQ's signal errors. */
export type JobProcessor = (job: QueueJob, token: string, signal: AbortSignal) => Promise<void>;

export interface WorkerSetup {
  readonly concurrency: number;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  readonly drainDelayS: number;
  readonly backoff: BackoffStrategy;
  /** Locks of these runs were renewed by a request sent at `sentAtMs` of `performance.now()`. */
  readonly onRenewed: (runs: readonly RunKey[], sentAtMs: number) => void;
  readonly onStalled: (jobId: string) => void;
  /** The job runs elsewhere by now or will soon; its signal is already aborted. */
  readonly onLockLost: (jobId: string) => void;
}

/** One run of one job: BullMQ gives every run a token of its own. */
export interface RunKey {
  readonly jobId: string;
  readonly token: string;
}

export interface SqlResult<R> {
  rows: R[];
  rowCount: number;
}

/** Runs one statement, or several without parameters. Others may share the session: no transaction over two calls. */
export type SqlQuery = <R>(text: string, params?: readonly unknown[]) => Promise<SqlResult<R>>;

/** What the backend keeps jobs in, for others who keep something there; fails within 2 s when it does not answer. */
export type Storage =
  | { readonly type: 'redis'; readonly redis: Redis; readonly prefix: string }
  | { readonly type: 'sql'; readonly query: SqlQuery };

/** Where jobs are kept. Hides which of BullMQ's stores it is. */
export interface Backend {
  readonly kind: 'redis' | 'embedded' | 'postgres';
  /** Lent: closed with the backend. On SQL the search path is BullMQ's, so name your own schema. */
  readonly storage: Storage;
  /** How many jobs one addBulk should carry. */
  readonly bulkSize: number;
  /** Names hold no colon. Errors of the connection are logged, never thrown at the process. */
  createQueue(name: string): JobQueue;
  createWorker(name: string, processor: JobProcessor, setup: WorkerSetup): JobWorker;
  /** Resolves when the store answers; throws QUEUE_UNAVAILABLE. */
  ping(): Promise<void>;
  /** How its Redis is; null: it is none. Never rejects. */
  readonly probe: (() => Promise<RedisState>) | null;
  /** Call it after every queue and worker is closed. */
  close(): Promise<void>;
}

/** How to open a backend. */
export interface BackendOptions {
  readonly log: Log;
  /** Prefix of all Redis keys; one hash tag, so that it also works on a cluster. Default `{tags}`. */
  readonly prefix?: string;
  /** What becomes of a Redis without an append-only file. Default `warn`. */
  readonly appendOnly?: AppendOnly;
  /** How long a Redis that does not answer is waited for. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Longest silence of a Redis that has a command; more than the `drainDelayS` of any worker. Default 20 s. */
  readonly silenceMs?: number;
  /** Traces jobs, added and worked; null or absent: nobody asked for it. */
  readonly telemetry?: QueueTelemetry | null;
  /** Aborted: opening is given up with CANCELLED. */
  readonly signal?: AbortSignal;
}
