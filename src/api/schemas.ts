import { z } from 'zod';
import { CONDITION_TYPES } from '../model/condition.ts';
import { ERRORS, type ErrorCode } from '../model/errors.ts';
import { MODES } from '../model/mode.ts';
import { PAUSED_BY } from '../model/pause.ts';
import { REPORT_STATUSES } from '../model/report.ts';

/** Schemas that have a name in the OpenAPI document. */
export const COMPONENTS = z.registry<{ readonly id: string }>();

function named<S extends z.ZodType>(id: string, schema: S): S {
  COMPONENTS.add(schema, { id });
  return schema;
}

const Text = z.string();
const Time = z.iso.datetime();
const Count = z.int().nonnegative();
const codes = Object.keys(ERRORS) satisfies string[] as ErrorCode[];
/** A later release may know more codes than the one that reads. */
const Code = z.enum(codes).catch('INTERNAL');

/** `account/path`, as everywhere in tagwarden. */
export const TargetKey = z
  .string()
  .max(2_048)
  .regex(/^[^/]+\/./, 'must be account/path, such as swr-north/shop/web')
  .describe('The target as account/path');

const reasoned = {
  tag: Text,
  policy: Text,
  rule: Text.describe('Path of the rule under spec'),
  mode: z.enum(MODES),
  because: Text,
};

export const OperationBody = named(
  'Operation',
  z.discriminatedUnion('type', [
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
      source: TargetKey,
      from: Text,
      value: Text,
      replaces: Text.nullable(),
      referrers: z.boolean(),
    }),
    z.object({
      type: z.literal('delete'),
      ...reasoned,
      replaces: Text.nullable(),
      makes_room_for: Text.nullable(),
    }),
  ]),
);
export type OperationBody = z.infer<typeof OperationBody>;

const OutcomeBody = named(
  'Outcome',
  z.discriminatedUnion('status', [
    z.object({ status: z.literal('applied'), attempts: Count }),
    z.object({ status: z.literal('failed'), code: Code, error: Text }),
    z.object({ status: z.literal('skipped'), reason: Text, held: z.literal(true).optional() }),
  ]),
);
export type OutcomeBody = z.infer<typeof OutcomeBody>;

const VerdictBody = named(
  'Verdict',
  z.discriminatedUnion('safe', [
    z.object({ safe: z.literal(true) }),
    z.object({ safe: z.literal(false), reasons: z.array(Text) }),
  ]),
);

const FindingBody = named(
  'Finding',
  z.object({
    severity: z.enum(['info', 'warning', 'error']),
    policy: Text,
    rule: Text.nullable(),
    message: Text,
  }),
);

export const ConditionBody = named(
  'Condition',
  z.object({
    type: z.enum([...CONDITION_TYPES, 'SourceReady']),
    status: z.enum(['True', 'False', 'Unknown']),
    reason: Text.describe('One word for machines'),
    message: Text,
    last_transition: Time.nullable(),
    observed_revision: Text,
  }),
);

/** The last pass over one target. */
export const TargetBody = named(
  'Target',
  z.object({
    target: TargetKey,
    name: Text.nullable().describe('What people call it where the path is an id'),
    provider: Text,
    status: z.enum(REPORT_STATUSES),
    since: Time.describe('Since when the status is what it is'),
    passed_at: Time,
    policy_revision: Text,
    correlation_id: Text,
    run: Text.nullable().describe('The last run that wrote here'),
    tags: Count.nullable().describe('Tags at the last complete listing'),
    digest: Text.nullable().describe('Digest of the plan, for apply --confirm'),
    verdict: VerdictBody.nullable(),
    pending: Count.describe('Operations still to do'),
    operations: z.array(OperationBody).describe('The first 20 of them'),
    findings: z.array(FindingBody).describe('The first 20'),
    error: z.object({ code: Code, message: Text }).nullable(),
    conditions: z.array(ConditionBody),
  }),
);
export type TargetBody = z.infer<typeof TargetBody>;

const Next = Text.nullable().describe('Give it as cursor to go on; null: this was the last page');

/** A page may be short, or empty, with more to follow. */
export const TargetsBody = named('Targets', z.object({ items: z.array(TargetBody), next: Next }));

/** One pass that wrote, or meant to. */
export const RunBody = named(
  'Run',
  z.object({
    run: Text,
    target: TargetKey,
    started_at: Time,
    ended_at: Time.nullable(),
    cause: z.enum(['schedule', 'webhook', 'manual', 'revision', 'watchdog', 'undo']),
    correlation_id: Text,
    policy_revision: Text,
    digest: Text,
    operation_count: Count,
    operations: z
      .array(
        z.object({
          operation: OperationBody,
          intended_at: Time,
          outcome: OutcomeBody.nullable().describe('Null: the process ended in between'),
        }),
      )
      .describe('A list of runs gives the first 50'),
  }),
);
export type RunBody = z.infer<typeof RunBody>;

export const RunsBody = named('Runs', z.object({ items: z.array(RunBody), next: Next }));

/** What a pause holds. */
export const ScopeBody = named(
  'PauseScope',
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('all') }),
    z.strictObject({ type: z.literal('policy'), policy: Text.min(1).max(256) }),
    z.strictObject({ type: z.literal('targets'), glob: Text.min(1).max(1_024) }),
    z.strictObject({ type: z.literal('deletes') }),
  ]),
);

export const PauseBody = named(
  'Pause',
  z.object({
    scope: ScopeBody,
    reason: Text,
    by: z
      .enum(PAUSED_BY)
      .describe('cli and api: a person; config: only a change of it ends the pause'),
    since: Time,
  }),
);
export type PauseBody = z.infer<typeof PauseBody>;

export const PausesBody = named('Pauses', z.object({ items: z.array(PauseBody) }));

const ScheduleBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal('interval'), interval_ms: Count }),
  z.object({ type: z.literal('cron'), cron: Text, time_zone: Text }),
]);

export const PolicyBody = named(
  'Policy',
  z.object({
    name: Text,
    kind: z.enum(['ResourceTagPolicy', 'ImageTagPolicy']),
    mode: z.enum(MODES),
    suspended: z.boolean(),
    schedule: ScheduleBody,
    position: Text.describe('file:line'),
    targets: z
      .object({ drifted: Count, refused: Count, unknown: Count, complete: z.boolean() })
      .describe('Targets not in sync; complete false: there are more than were looked at'),
    conditions: z.array(ConditionBody),
  }),
);
export type PolicyBody = z.infer<typeof PolicyBody>;

export const PoliciesBody = named(
  'Policies',
  z.object({
    policy_revision: Text,
    source: ConditionBody.describe('Whether the newest policies are the ones in force'),
    items: z.array(PolicyBody),
  }),
);

export const StatusBody = named(
  'Status',
  z.object({
    api_version: Text,
    version: Text.describe('Release of the service'),
    now: Time,
    policy_revision: Text,
    policy_problem: Text.nullish().describe('Why the newest policies are not in force'),
    accounts: z.array(Text),
    paused: z.array(PauseBody),
    quarantined: z.array(z.object({ target: TargetKey, until: Time })),
    summary: z.object({
      targets: Count,
      in_sync: Count,
      drifted: Count,
      refused: Count,
      unknown: Count,
      quarantined: Count,
    }),
    queues: z.array(z.object({ queue: Text, counts: z.record(Text, Count) })),
  }),
);
export type StatusBody = z.infer<typeof StatusBody>;

export const ExplanationBody = named(
  'Explanation',
  z.object({
    target: TargetKey,
    now: Time,
    policies: z.array(Text),
    digest: Text,
    verdict: VerdictBody,
    tags: z.array(
      z.object({
        tag: Text,
        current: Text.nullable(),
        planned: Text.nullable(),
        listed: z.boolean(),
        operation: OperationBody.nullable(),
        decision: z.object({ policy: Text, rule: Text, because: Text, position: Text }).nullable(),
        lost: z.array(z.object({ policy: Text, rule: Text, why: Text })),
        evidence: z.array(Text),
      }),
    ),
  }),
);
export type ExplanationBody = z.infer<typeof ExplanationBody>;
