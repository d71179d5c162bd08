import { isIP } from 'node:net';
import { z } from 'zod';
import { fail, failAt, GlobText } from '../policy/schema-text.ts';
import { SecretReference } from './schema-secret.ts';

/** Who sends: the policy repository, whose push asks for the policies to be read again, or a registry. */
export const PUSH_TYPES = ['github-push', 'gitlab-push', 'gitea-push'] as const;

/** Senders that sign, or send a header of the operator's choice. */
export const REGISTRY_TYPES = [
  'harbor',
  'distribution',
  'ghcr',
  'swr-enterprise',
  'cloudevents',
  'hmac',
  'standard-webhooks',
] as const;

/** Senders that can keep a secret nowhere but in the URL. */
export const URL_SECRET_TYPES = ['quay', 'dockerhub'] as const;

export type HookType =
  | (typeof PUSH_TYPES)[number]
  | (typeof REGISTRY_TYPES)[number]
  | (typeof URL_SECRET_TYPES)[number];

const secrets = {
  secret: SecretReference.optional(),
  secrets: z
    .array(SecretReference)
    .min(1)
    .max(2)
    .optional()
    .describe('In place of secret: the old and the new one, both in force while they are rotated'),
};

const lists = {
  repositories: z
    .array(GlobText)
    .min(1)
    .optional()
    .describe('Globs over repository names as the sender gives them; others are ignored'),
  events: z
    .array(z.string().min(1).max(128))
    .min(1)
    .optional()
    .describe('Event names as the sender gives them; others are ignored'),
};

const accounts = z
  .array(z.string().min(1))
  .min(1)
  .describe('Accounts whose targets the events are about');

const Hook = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.enum(PUSH_TYPES), ...secrets, ...lists }),
    z.strictObject({ type: z.enum(REGISTRY_TYPES), accounts, ...secrets, ...lists }),
    z.strictObject({
      type: z.enum(URL_SECRET_TYPES),
      accounts,
      ...secrets,
      ...lists,
      allowUnauthenticated: z
        .literal(true)
        .optional()
        .describe('In place of a secret: whoever reaches the port and knows the name is believed'),
    }),
  ])
  .superRefine((hook, context) => {
    const isOpen = 'allowUnauthenticated' in hook && hook.allowUnauthenticated === true;
    const given = [hook.secret, hook.secrets].filter((one) => one !== undefined).length;
    if (given + Number(isOpen) === 1) return;
    const found =
      given === 0 ? 'no secret' : 'more than one of secret, secrets and allowUnauthenticated';
    const expected = 'exactly one of secret: "${ENV_NAME}" and secrets: [old, new]';
    fail(context, `the hook has ${found}`, { code: 'wrong-value', expected });
  });
export type HookDocument = z.infer<typeof Hook>;

const CIDR = /^([0-9a-fA-F:.]+)(?:\/\d{1,3})?$/;

const Address = z.string().superRefine((text, context) => {
  if (isIP(CIDR.exec(text)?.[1] ?? '') !== 0) return;
  const expected = 'an address or a range such as 10.0.0.0/8';
  fail(context, 'a proxy is not given by its address', { code: 'wrong-value', expected });
});

/** Keys of `server:` that configure the receivers of webhooks. */
export const hookKeys = {
  hooks: z
    .record(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,127}$/, 'must be lower-case letters, digits and dashes'),
      Hook,
    )
    .default({})
    .describe('Receivers of webhooks; the key is the last part of the path, /hooks/NAME'),
  hooksHost: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address of the webhook port; put TLS in front of any other than the loopback one'),
  hooksPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(8081)
    .describe('Port of the webhooks alone; opened only where hooks are configured'),
  hooksTrustedProxies: z
    .array(Address)
    .default([])
    .describe('Proxies whose X-Forwarded-For names the sender, for its rate limit and the log'),
  hooksRequireHttps: z
    .boolean()
    .default(false)
    .describe('Refuse what a trusted proxy did not receive over TLS (X-Forwarded-Proto)'),
  hooksTolerance: z
    .string()
    .regex(/^(?:[1-9]\d{0,3}s|[1-9]\d?m)$/, 'must be a duration such as 30s or 5m')
    .default('5m')
    .describe('How far the timestamp of a signed delivery may be from the clock, either way'),
};

/** What both halves of the configuration that hooks join must look like. */
interface WithHooks {
  readonly accounts: Readonly<Record<string, unknown>>;
  readonly server: { readonly hooks: Readonly<Record<string, HookDocument>> };
}

/** Every account that a hook names must be configured. */
export function checkHookAccounts(
  { accounts: known, server }: WithHooks,
  context: z.RefinementCtx,
): void {
  const names = Object.keys(known);
  for (const [name, hook] of Object.entries(server.hooks)) {
    const wanted = 'accounts' in hook ? hook.accounts : [];
    for (const [at, account] of wanted.entries()) {
      if (Object.hasOwn(known, account)) continue;
      const message = `the hook names account "${account}", which is not configured`;
      const expected = `one of ${names.join(', ') || 'the configured accounts'}`;
      const path = ['server', 'hooks', name, 'accounts', at];
      failAt(path, context, { message, code: 'wrong-value', expected });
    }
  }
}
