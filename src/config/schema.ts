import { z } from 'zod';
import { LOG_LEVELS } from '../model/log-level.ts';
import { API_VERSION } from '../policy/api-version.ts';
import { GlobText } from '../policy/schema-text.ts';
import { AuditDocument } from './schema-audit.ts';
import { SwrRegistryDocument, UhubRegistryDocument } from './schema-beside-api.ts';
import { checkHookAccounts, hookKeys } from './schema-hooks.ts';
import { NotificationsDocument } from './schema-notify.ts';
import { PauseDocument } from './schema-pause.ts';
import { PoliciesDocument } from './schema-policies.ts';
import { ProtectDocument } from './schema-protect.ts';
import { REGISTRY_URL, registryKeys } from './schema-registry.ts';
import { SecretReference } from './schema-secret.ts';
import { apiKeys } from './schema-server.ts';

/** Up to a few hours; timers overflow at 24 days. */
const DURATION = /^(?:[1-9]\d{0,6}ms|[1-9]\d{0,3}s|[1-9]\d{0,1}m|[1-9]h)$/;

const NOT_A_URL = 'must be a URL with its scheme, such as https://host or http://127.0.0.1:8901';

const baseAccount = {
  endpoint: z
    .url({ protocol: /^https?$/, error: NOT_A_URL })
    .describe('Base URL; overrides the one of the region')
    .optional(),
  limits: z
    .strictObject({
      requestsPerSecond: z.number().min(0.01).max(10_000).default(20),
      burst: z.int().positive().max(10_000).default(20),
      concurrency: z.int().positive().max(1_000).default(10),
    })
    .prefault({})
    .describe(
      'Request budget of the account: the rate on the long run, and up to burst more at once after a pause. All service processes ' +
        'with the same Redis or Postgres queue share the rate; each command has its own, and concurrency counts per process. ' +
        'Less is asked while the cloud throttles',
    ),
  timeout: z
    .string()
    .regex(DURATION, 'must be a duration such as 500ms, 30s or 2m')
    .default('30s')
    .describe('Longest wait for one answer'),
  protect: z
    .array(GlobText)
    .default([])
    .describe('Globs over tag names that nothing may touch, whatever the policies say'),
  tls: z
    .strictObject({ caFile: z.string().min(1) })
    .optional()
    .describe('Extra certificate authority, a PEM file'),
};

const HuaweiAuth = z
  .union([
    z.strictObject({
      accessKey: SecretReference,
      secretKey: SecretReference,
      securityToken: SecretReference.optional(),
    }),
    z.strictObject({
      username: z.string().min(1),
      password: SecretReference,
      domain: z.string().min(1),
      iamEndpoint: z.url({ protocol: /^https?$/, error: NOT_A_URL }).optional(),
    }),
    z.strictObject({ token: SecretReference }),
  ])
  .describe('Access key pair, IAM user with password, or a ready token');
export type HuaweiAuthConfig = z.infer<typeof HuaweiAuth>;

const region = z
  .string()
  .regex(/^[a-z]{2}-[a-z]+(?:-[a-z]+)*-\d+$/, 'must be a region such as cn-north-4')
  .describe('Region such as cn-north-4; gives the endpoint');

const Account = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('huawei-ims'),
    region,
    projectId: z.string().min(1).describe('Project id of the region'),
    auth: HuaweiAuth,
    ...baseAccount,
  }),
  z.strictObject({
    provider: z.literal('huawei-swr'),
    region,
    projectId: z.string().min(1).optional(),
    auth: HuaweiAuth,
    registry: SwrRegistryDocument.optional(),
    ...baseAccount,
  }),
  z.strictObject({
    provider: z.literal('ucloud-uhub'),
    projectId: z.string().min(1).optional(),
    auth: z.strictObject({
      publicKey: SecretReference,
      privateKey: SecretReference,
      securityToken: SecretReference.optional(),
    }),
    registry: UhubRegistryDocument.optional(),
    ...baseAccount,
  }),
  z.strictObject({
    provider: z.literal('oci'),
    ...baseAccount,
    ...registryKeys,
    endpoint: z
      .url({ protocol: /^https?$/, error: NOT_A_URL })
      .regex(REGISTRY_URL, 'must be https://… (http:// only for this machine)')
      .describe('Base URL of the registry, without /v2/'),
  }),
]);
export type AccountConfig = z.infer<typeof Account>;

/** A whole reference such as `${REDIS_URL}` is looked at once it is filled in. */
const QUEUE_URL = /^(?:rediss?:\/\/.|postgres(?:ql)?:\/\/.|embedded:.|\$\{)/;

/** `tagwarden.yaml`. Unknown keys fail. */
export const ConfigDocument = z
  .strictObject({
    apiVersion: z
      .literal(API_VERSION)
      .optional()
      .describe('Version of this file; a release that reads another one says so and stops'),
    policies: PoliciesDocument.prefault({}).describe(
      'Where policies come from: a folder, relative to this file, or a git repository',
    ),
    queue: z
      .strictObject({
        url: z
          .string()
          .regex(QUEUE_URL, 'must start with redis://, rediss://, postgres:// or embedded:')
          .default('embedded:.tagwarden'),
        appendOnly: z
          .enum(['warn', 'require'])
          .default('warn')
          .describe(
            'What becomes of a Redis without an append-only file, which forgets its jobs when it crashes: a warning, or a refusal to start',
          ),
      })
      .prefault({})
      .describe(
        'The queue; url: redis(s)://… or postgres://… for production, embedded:FOLDER for one process; ${ENV_NAME} is filled in',
      ),
    accounts: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/), Account)
      .describe('Named credentials; the key is the name policies use'),
    guards: z
      .strictObject({
        maxDeletePercent: z
          .number()
          .min(0)
          .max(100)
          .default(30)
          .describe(
            'Refuse a plan that deletes more than this share of a target (and more than 3)',
          ),
        maxDeletesPerHour: z
          .int()
          .min(0)
          .default(500)
          .describe(
            'Deletes all workers together may send in any hour; the next one holds every delete until tagwarden resume --deletes. ' +
              'A command counts its own alone',
          ),
        maxFleetDeletePercent: z
          .number()
          .min(0)
          .max(100)
          .default(10)
          .describe(
            'The same for a share of all tags the store knows, but 100 deletes an hour are always allowed (up to maxDeletesPerHour); 100: off',
          ),
      })
      .prefault({}),
    sweeps: z
      .strictObject({
        fullEvery: z
          .int()
          .min(1)
          .max(1_000)
          .default(10)
          .describe(
            'Each so many sweeps of a policy one looks at every target, also where the provider says that nothing changed; 1: every sweep does',
          ),
      })
      .prefault({}),
    protect: ProtectDocument,
    pause: z
      .array(PauseDocument)
      .default([])
      .describe('Writes held back whatever the store says; planning goes on'),
    server: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1'),
        port: z.int().min(0).max(65_535).default(8080),
        ...apiKeys,
        ...hookKeys,
      })
      .prefault({}),
    audit: AuditDocument.optional(),
    notifications: NotificationsDocument,
    log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
  })
  .superRefine(checkHookAccounts);
export type ConfigDocument = z.infer<typeof ConfigDocument>;
