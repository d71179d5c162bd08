import { z } from 'zod';
import type { DigestFact } from '../model/digest-fact.ts';
import { ERRORS, type ErrorCode } from '../model/errors.ts';
import type { RunHeader, TargetRecord } from '../model/history.ts';
import { MODES } from '../model/mode.ts';
import { PAUSED_BY, type Pause } from '../model/pause.ts';
import type { Finding, Operation, Verdict } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';

/** The version of everything this release writes; what bears another is left alone. */
export const VERSION = 1;

const Text = z.string();
const Time = z.iso.datetime().transform((text) => new Date(text));
const Count = z.int().nonnegative();
const Target = z.object({ account: Text, path: Text });
const codes = Object.keys(ERRORS) as ErrorCode[];
/** A later release may know more codes. */
const Code = z.enum(codes).catch('INTERNAL');

const reasoned = { tag: Text, policy: Text, rule: Text, mode: z.enum(MODES), because: Text };

export const OperationSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('add'), ...reasoned, value: Text, replaces: Text.nullable() }),
  z.object({
    type: z.literal('copy'),
    ...reasoned,
    from: Text,
    value: Text,
    replaces: Text.nullable(),
  }),
  z.object({
    type: z.literal('promote'),
    ...reasoned,
    source: Target,
    from: Text,
    value: Text,
    replaces: Text.nullable(),
    referrers: z.boolean(),
  }),
  z.object({
    type: z.literal('delete'),
    ...reasoned,
    replaces: Text.nullable(),
    makesRoomFor: Text.nullable(),
  }),
]) satisfies z.ZodType<Operation>;

export const OutcomeSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('applied'), attempts: Count }),
  z.object({ status: z.literal('failed'), code: Code, error: Text }),
  z.object({
    status: z.literal('skipped'),
    reason: Text,
    held: z.literal(true).exactOptional(),
  }),
]) satisfies z.ZodType<Outcome>;

/** An operation of a run as it is written down before the write. */
export const IntentSchema = z.object({ operation: OperationSchema, intendedAt: Time });

const FindingSchema = z.object({
  severity: z.enum(['info', 'warning', 'error']),
  policy: Text,
  rule: Text.nullable(),
  message: Text,
}) satisfies z.ZodType<Finding>;

const VerdictSchema = z.discriminatedUnion('safe', [
  z.object({ safe: z.literal(true) }),
  z.object({ safe: z.literal(false), reasons: z.array(Text) }),
]) satisfies z.ZodType<Verdict>;

export const RecordSchema = z.object({
  target: Target,
  provider: Text,
  name: Text.nullable(),
  status: z.enum(['in-sync', 'drifted', 'refused', 'unknown']),
  passedAt: Time,
  since: Time,
  revision: Text,
  correlationId: Text,
  runId: Text.nullable(),
  baseline: Count.nullable(),
  planDigest: Text.nullable(),
  verdict: VerdictSchema.nullable(),
  pending: z.array(OperationSchema),
  pendingCount: Count,
  findings: z.array(FindingSchema),
  error: z.object({ code: Code, message: Text }).nullable(),
}) satisfies z.ZodType<TargetRecord>;

export const RunHeaderSchema = z.object({
  id: Text,
  target: Target,
  startedAt: Time,
  cause: z.enum(['schedule', 'webhook', 'manual', 'revision', 'watchdog', 'undo']),
  correlationId: Text,
  revision: Text,
  planDigest: Text,
}) satisfies z.ZodType<RunHeader>;

export const PauseSchema = z.object({
  scope: z.discriminatedUnion('type', [
    z.object({ type: z.literal('all') }),
    z.object({ type: z.literal('policy'), policy: Text }),
    z.object({ type: z.literal('targets'), glob: Text }),
    z.object({ type: z.literal('deletes') }),
  ]),
  reason: Text,
  by: z.enum(PAUSED_BY),
  since: Time,
}) satisfies z.ZodType<Pause>;

/** Without the digest, which is the key. */
export const FactSchema = z.object({
  mediaType: Text,
  createdAt: Time.nullable(),
  platforms: z.array(Text).nullable(),
  artifactType: Text.nullable(),
  subject: Text.nullable(),
  /** Releases before this field left it out: what they kept is read anew, and what is kept now they can read. */
  children: z.array(Text).nullable(),
}) satisfies z.ZodType<Omit<DigestFact, 'digest'>>;

/** What is asked of a pause that another release wrote. */
export const SinceSchema = z.object({ since: Time });
