import { createHash } from 'node:crypto';
import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { ReconcileError } from '../model/errors.ts';
import { type Attributes, type Target, targetKey } from '../model/target.ts';
import type { QueueJob } from './port.ts';

/** Why a sweep or a pass was asked for; `revision`: the policies changed; `watchdog`: the last pass was too long ago. */
export const REASONS = ['schedule', 'webhook', 'manual', 'revision', 'watchdog'] as const;
export type Reason = (typeof REASONS)[number];

/**
 * Which of two waiting jobs goes first: the lower. A person waits for the first, a pusher for the second, and from the third
 * on are the targets of sweeps.
 */
const PRIORITIES: Readonly<Record<Reason, number>> = {
  manual: 1,
  webhook: 2,
  revision: 3,
  schedule: 3,
  watchdog: 3,
};
/**
 * Sweeps of one account take turns: the 2nd half of a sweep waits for the 1st halves of those as long, so a sweep of n targets
 * is done after n passes and at most 2n of each other sweep, however long that one is (ADR 0019). Doubling steps keep the
 * priorities few: each is a queue of its own in order of arrival.
 */
const SWEEP_STEPS = 20;
export const LEAST_URGENT = Math.max(...Object.values(PRIORITIES)) + SWEEP_STEPS;

const MAX_HINT_BYTES = 4_096;
const VERSION = 1;

/** A reason that a later version added is none to fail for. */
const ReasonText = z.enum(REASONS).catch('schedule');

const Tick = z.object({
  v: z.literal(VERSION),
  policy: z.string(),
  reason: ReasonText,
  revision: z.string(),
  /** What brought the revision; absent: nobody asked, and the sweep gets an id of its own. */
  correlationId: z.string().optional(),
});

/** When `revision` was read; absent: when the job was made. A job that waits behind a run is made when that ends. */
const AskedAt = z.iso.datetime().optional();

const Sweep = Tick.extend({ correlationId: z.string(), askedAt: AskedAt });

function isTextRecord(value: unknown): boolean {
  if (!isRecord(value)) return false;
  for (const key in value) if (typeof value[key] !== 'string') return false;
  return true;
}

const Reconcile = z.object({
  v: z.literal(VERSION),
  target: z.object({ account: z.string(), path: z.string() }),
  reason: ReasonText,
  correlationId: z.string(),
  revision: z.string(),
  // Looked at by hand: a z.record() of a dozen facts costs more than all the rest of a payload.
  attributes: z.custom<Record<string, string>>(isTextRecord).nullable(),
  observedAt: z.iso.datetime().nullable(),
  /** What else discovery saw; absent: all facts, and nothing that tells of a change. */
  isPartial: z.literal(true).optional(),
  fingerprint: z.string().nullish(),
  askedAt: AskedAt,
  /** Crash after which the job was put off, by its number; absent: it never was. */
  putOffAfter: z.int().optional(),
});

/** Written by a job scheduler: "it is time to sweep this policy". */
export type TickPayload = z.infer<typeof Tick>;
/** "Visit all targets of this policy." */
export type SweepPayload = z.infer<typeof Sweep>;
/** "Look at this target." Attributes are what discovery saw: a hint, never desired state or a secret. */
export type ReconcilePayload = z.infer<typeof Reconcile>;
/** "Look at the policy source again." The commit only spares a look at what is known already. */
export type RefreshPayload = z.infer<typeof Refresh>;

const Refresh = z.object({
  v: z.literal(VERSION),
  correlationId: z.string(),
  /** Commit that the asker saw at the remote; null: it did not say. */
  commit: z.string().nullable(),
});

/** Payload of each kind of job, as it is read. */
export const SCHEMAS = { tick: Tick, sweep: Sweep, reconcile: Reconcile, refresh: Refresh };
export type JobName = keyof typeof SCHEMAS;

/** Payload of a job; throws INTERNAL for one that cannot be read here. */
export function parseJob<N extends JobName>(
  name: N,
  job: Pick<QueueJob, 'id' | 'data'>,
): z.infer<(typeof SCHEMAS)[N]>;
export function parseJob(name: JobName, job: Pick<QueueJob, 'id' | 'data'>): unknown {
  if (name === 'reconcile' && isPlainReconcile(job.data)) return job.data;
  const parsed = SCHEMAS[name].safeParse(job.data);
  if (parsed.success) return parsed.data;
  throw new ReconcileError(
    'INTERNAL',
    `Cannot read ${name} job "${job.id ?? ''}": ${describe(job.data, parsed.error)}, expected version ${VERSION}`,
    { cause: parsed.error },
  );
}

type Fits = (value: unknown) => boolean;

const KNOWN_REASONS: ReadonlySet<unknown> = new Set(REASONS);
const TIME = z.regexes.datetime({});
const isText: Fits = (value) => typeof value === 'string';
const isTime: Fits = (value) => typeof value === 'string' && TIME.test(value);

/** What each field may be so that the schema would neither refuse nor change it. */
const PLAIN_FIELDS = {
  v: (value) => value === VERSION,
  target: isPlainTarget,
  reason: (value) => KNOWN_REASONS.has(value),
  correlationId: isText,
  revision: isText,
  attributes: (value) => value === null || isTextRecord(value),
  observedAt: (value) => value === null || isTime(value),
  isPartial: (value) => value === undefined || value === true,
  fingerprint: (value) => value === undefined || value === null || isText(value),
  askedAt: (value) => value === undefined || isTime(value),
  putOffAfter: (value) => value === undefined || Number.isSafeInteger(value),
} satisfies Record<keyof ReconcilePayload, Fits>;
const PLAIN_ENTRIES: readonly (readonly [string, Fits])[] = Object.entries(PLAIN_FIELDS);

/** True for a payload as we write it. A pass begins with it, and the schema makes 4 kB of objects of it; the schema reads the rest. */
function isPlainReconcile(data: unknown): boolean {
  if (!isRecord(data)) return false;
  for (const [key, fits] of PLAIN_ENTRIES) if (!fits(data[key])) return false;
  for (const key in data) if (!Object.hasOwn(PLAIN_FIELDS, key)) return false;
  return true;
}

function isPlainTarget(value: unknown): boolean {
  if (!isRecord(value) || !isText(value['account']) || !isText(value['path'])) return false;
  return Object.keys(value).length === 2;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const Versioned = z.looseObject({ v: z.number() });

/** Version of a payload that a newer release wrote; null: it is ours, older, or no payload at all. */
export function newerVersionOf(data: unknown): number | null {
  const version = Versioned.safeParse(data).data?.v ?? VERSION;
  return version > VERSION ? version : null;
}

/** True for a job that only a worker of a newer release can run. */
export function isOfNewerRelease({ name, data }: Pick<QueueJob, 'name' | 'data'>): boolean {
  return !(name in SCHEMAS) || newerVersionOf(data) !== null;
}

function describe(data: unknown, error: z.ZodError): string {
  const version = Versioned.safeParse(data).data?.v ?? VERSION;
  if (version !== VERSION) return `its version is ${version}`;
  return `its payload is malformed at ${error.issues[0]?.path.join('.') || 'the top'}`;
}

/** What of a payload joins it with what else was caused; any version has it. Null: it does not say. */
export function correlationOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('correlationId' in data)) return null;
  return typeof data.correlationId === 'string' ? data.correlationId : null;
}

/** Name of the queue that schedulers tick on and sweeps run from. */
export const SWEEP_QUEUE = 'sweep';

/** `reconcile.<account>`, one queue an account. BullMQ allows no colon; an altered name gets a hash to stay unique. */
export function reconcileQueue(account: string): string {
  const safe = account.replaceAll(/[^A-Za-z0-9_.-]/g, '_');
  const suffix = safe === account ? '' : `-${sha256(account).slice(0, 8)}`;
  return `reconcile.${safe}${suffix}`;
}

/** True for reasons that do not wait for a backoff to end. */
export function isUrgent(reason: Reason): boolean {
  return reason === 'manual' || reason === 'revision';
}

/** A job ready for add() or addBulk(). */
export interface NewJob {
  readonly name: JobName;
  readonly data: TickPayload | SweepPayload | ReconcilePayload | RefreshPayload;
  readonly opts: JobsOptions;
}

/** At most one sweep of a policy runs and one waits. */
export function sweepJob(
  payload: Omit<SweepPayload, 'v'>,
  attempts: number,
  delayMs: number,
): NewJob {
  return {
    name: 'sweep',
    data: { v: VERSION, ...payload },
    opts: { ...onePerKey(payload.policy, payload.reason), attempts, delay: delayMs },
  };
}

/** At most one pass over a target runs and one waits, whoever asks. `index`: of the target in its sweep, from 0. */
export function reconcileJob(
  pass: Omit<ReconcilePayload, 'v' | 'target'> & { readonly target: Target },
  attempts: number,
  index = 0,
): NewJob {
  const opts = onePerKey(targetKey(pass.target), pass.reason);
  const priority = PRIORITIES[pass.reason] + (isSwept(pass.reason) ? sweepStep(index) : 0);
  return {
    name: 'reconcile',
    data: { v: VERSION, ...pass, attributes: hint(pass.attributes) },
    opts: { ...opts, attempts, priority },
  };
}

/** False: somebody waits for it. */
function isSwept(reason: Reason): boolean {
  return reason !== 'manual' && reason !== 'webhook';
}

function sweepStep(index: number): number {
  return Math.min(SWEEP_STEPS, Math.floor(Math.log2(index + 1)));
}

/** At most one look for the same commit runs and one waits; other commits are looked for beside it. */
export function refreshJob(payload: Omit<RefreshPayload, 'v'>, attempts: number): NewJob {
  const opts = { ...onePerKey(`refresh:${payload.commit ?? ''}`, 'webhook'), attempts };
  return { name: 'refresh', data: { v: VERSION, ...payload }, opts };
}

/** Template of a policy's scheduler; its revision is the one a first sweep was asked for. */
export function tickPayload(policy: string, reason: Reason, revision: string): TickPayload {
  return { v: VERSION, policy, reason, revision };
}

/** Revision in the template of a scheduler; null: it has none, or another version wrote it. */
export function revisionOfTick(data: unknown): string | null {
  return Tick.safeParse(data).data?.revision ?? null;
}

/** SHA-256 in hex; for names and offsets, not for secrets. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Events while a job runs give exactly one more run; while it waits they melt into it. */
function onePerKey(id: string, reason: Reason): JobsOptions {
  return {
    deduplication: { id, keepLastIfActive: true, reschedule: isUrgent(reason) },
    priority: PRIORITIES[reason],
  };
}

/** Jobs have a size limit; a hint that is too large is dropped and read again by the worker. */
function hint(attributes: Attributes | null): Record<string, string> | null {
  const small = Buffer.byteLength(JSON.stringify(attributes)) <= MAX_HINT_BYTES;
  return attributes && small ? { ...attributes } : null;
}
