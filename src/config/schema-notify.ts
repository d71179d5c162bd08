import { z } from 'zod';
import { NOTICE_TYPES } from '../model/notification.ts';
import { GlobText } from '../policy/schema-text.ts';
import { SecretReference } from './schema-secret.ts';

/** Without user info and query, where tokens stand: such an address is written as a secret. */
const OPEN_URL = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/;

const OpenUrl = z
  .string()
  .regex(
    OPEN_URL,
    'must be "${ENV_NAME}", { file: path }, or a URL without user name, query and fragment',
  );

const names = z.array(z.string().min(1)).min(1);

const base = {
  events: z
    .array(z.enum(NOTICE_TYPES))
    .min(1)
    .default([...NOTICE_TYPES])
    .describe('What is told: changed, failed, refused, recovered; all of it by default'),
  accounts: names.optional().describe('Only targets of these accounts'),
  policies: names.optional().describe('Only what these policies did, or targets they select'),
  targets: z
    .array(GlobText)
    .min(1)
    .optional()
    .describe('Only these targets: globs over account/path'),
  groupWindow: z
    .string()
    .regex(/^(?:0s|[1-9]\d{0,3}ms|[1-9]\d{0,3}s|[1-9]\d?m)$/, 'must be a duration such as 5s or 1m')
    .default('5s')
    .describe('How long more is waited for, to go into the same message'),
  messagesPerMinute: z
    .number()
    .min(0.1)
    .max(6_000)
    .optional()
    .describe(
      'Default 30, and 600 for cloudevents; what has to wait goes into fewer, longer messages',
    ),
  maxLines: z
    .int()
    .min(1)
    .max(200)
    .default(30)
    .describe(
      'Lines of a chat message, beyond which the rest is counted; events of a webhook message',
    ),
};

const signing = {
  secret: SecretReference.optional().describe(
    'Signs as Standard Webhooks does; whsec_ and the base64 of 24 to 64 random bytes',
  ),
  secrets: z
    .array(SecretReference)
    .min(1)
    .max(2)
    .optional()
    .describe(
      'In place of secret: the new and the old one, both of which sign while they are rotated',
    ),
};

const Receiver = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('slack'),
    url: SecretReference.describe('The incoming webhook, which is a secret by itself'),
    ...base,
  }),
  z.strictObject({
    type: z.literal('webhook'),
    url: z.union([SecretReference, OpenUrl]),
    ...signing,
    ...base,
  }),
  z.strictObject({
    type: z.literal('cloudevents'),
    url: z.union([SecretReference, OpenUrl]),
    ...signing,
    ...base,
  }),
]);
export type ReceiverDocument = z.infer<typeof Receiver>;

/** `notifications:`, by name of the receiver, which is a label of metrics. */
export const NotificationsDocument = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes'),
    Receiver,
  )
  .default({})
  .describe('Who is told of changes, failures, refusals and recoveries');
