import { z } from 'zod';
import { SecretReference } from './schema-secret.ts';

/** How an account signs in to a registry. */
export const RegistryAuthDocument = z
  .union([
    z.strictObject({ username: z.string().min(1), password: SecretReference }),
    z.strictObject({ anonymous: z.literal(true) }),
    z.strictObject({
      dockerConfig: z
        .string()
        .min(1)
        .describe(
          'A Docker config.json: auths, credHelpers and credsStore, as docker login writes it',
        ),
    }),
  ])
  .describe('User name with password, anonymous: true, or a Docker config file');
export type RegistryAuthDocument = z.infer<typeof RegistryAuthDocument>;

/** A password is sent over TLS or to this machine. */
export const REGISTRY_URL =
  /^(?:https:\/\/|http:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/]|$))/;

/** Keys of an account at a registry besides those of every account. */
export const registryKeys = {
  auth: RegistryAuthDocument,
  tokenRealm: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://auth.example.com' })
    .optional()
    .describe(
      'Token server that may be sent the credential, where it is not on the host of the registry',
    ),
};
