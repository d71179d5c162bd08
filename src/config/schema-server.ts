import { z } from 'zod';
import { SecretReference } from './schema-secret.ts';

/** Keys of `server:` that concern the API and the way a process stops. */
export const apiKeys = {
  adminToken: SecretReference.optional().describe(
    'Bearer token of the API, at least 24 characters; without one the API is off, and a process with role api listens on loopback only',
  ),
  drain: z
    .string()
    .regex(/^(?:0s|[1-9]\d{0,4}ms|[1-9]s|1[0-5]s)$/, 'must be a duration from 0s to 15s')
    .default('5s')
    .describe(
      'How long a process with role api still answers after SIGTERM, until load balancers know; not on loopback',
    ),
};
