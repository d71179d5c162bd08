import { z } from 'zod';
import { REPORT_STATUSES } from '../model/report.ts';
import { COMPONENTS, ScopeBody, TargetKey } from './schemas.ts';

/** Where the API is mounted. */
export const API_PREFIX = '/api/v1';
/** Raised when a field goes or changes its meaning; new fields may appear at any time. */
export const API_VERSION = '1.0';
/** Most items of one page. */
export const MAX_PAGE = 500;

const Limit = z.coerce.number().pipe(z.int().min(1).max(MAX_PAGE)).default(100);
const Cursor = z.string().max(4_096).optional().describe('`next` of the page before');
const Glob = z.string().min(1).max(1_024).optional();

export const TargetsQuery = z.strictObject({
  status: z.enum(REPORT_STATUSES).optional(),
  account: z.string().min(1).max(64).optional(),
  policy: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Only targets that this policy selects, or may select by what the store knows'),
  glob: Glob.describe('Glob over account/path'),
  cursor: Cursor,
  limit: Limit.describe(`Most items of the page, up to ${MAX_PAGE}`),
});

export const RunsQuery = z.strictObject({
  cursor: Cursor,
  limit: Limit.describe(`Most items of the page, up to ${MAX_PAGE}`),
});

export const ExplainQuery = z.strictObject({
  target: TargetKey,
  tag: z.string().min(1).max(256).optional().describe('Only this name'),
});

export const ScopeQuery = z
  .strictObject({
    type: z.enum(['all', 'policy', 'targets', 'deletes']),
    policy: z.string().min(1).max(256).optional().describe('With type policy'),
    glob: Glob.describe('With type targets'),
  })
  .transform(({ type, policy, glob }) => ({
    type,
    ...(policy === undefined ? {} : { policy }),
    ...(glob === undefined ? {} : { glob }),
  }))
  .pipe(ScopeBody);

export const TargetPath = z.strictObject({
  target: TargetKey.describe('The target as account/path, with each "/" written %2F'),
});

export const RunPath = z.strictObject({ run: z.string().min(1).max(256) });

export const TriggerRequest = z.union(
  [z.strictObject({ target: TargetKey }), z.strictObject({ policy: z.string().min(1).max(256) })],
  { error: 'wanted exactly one of "target" (account/path) and "policy" (a name)' },
);
COMPONENTS.add(TriggerRequest, { id: 'TriggerRequest' });

export const TriggerAccepted = z.object({
  accepted: z.enum(['pass', 'sweep']),
  of: z.string().describe('The target or policy'),
  correlation_id: z
    .string()
    .describe('The x-request-id; log, history and audit of what this causes bear it'),
});
COMPONENTS.add(TriggerAccepted, { id: 'TriggerAccepted' });

export const PauseRequest = z.strictObject({
  scope: ScopeBody,
  reason: z.string().max(500).default('no reason given'),
});
COMPONENTS.add(PauseRequest, { id: 'PauseRequest' });
