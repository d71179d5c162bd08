import { z } from 'zod';
import { REGISTRY_URL, registryKeys } from './schema-registry.ts';
import { SecretReference } from './schema-secret.ts';

const place = {
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://registry.example.com' })
    .regex(REGISTRY_URL, 'must be https://… (http:// only for this machine)')
    .describe('Base URL of the registry, without /v2/; overrides the public one')
    .optional(),
  tokenRealm: registryKeys.tokenRealm,
};

const Password = z.strictObject({
  ...place,
  username: z.string().min(1),
  password: SecretReference,
});
const DockerConfig = z.strictObject({
  ...place,
  dockerConfig: z
    .string()
    .min(1)
    .describe('A Docker config.json: auths, credHelpers and credsStore, as docker login writes it'),
});
/** No login of its own. */
const Derived = z.strictObject(place);

/** The registry of UHub: the API keys are no login for it. */
export const UhubRegistryDocument = z
  .union([Password, DockerConfig])
  .describe('Login of the registry, for copies, channels, promotions and digests');

/** The registry of SWR: the login can be made from an access key. */
export const SwrRegistryDocument = z
  .union([Password, DockerConfig, Derived])
  .describe(
    'Login of the registry, for promotions, missing digests and deletes beside other tags of the same content; ' +
      '{} makes it from the access key of the account',
  );

export type BesideApiDocument = z.infer<typeof SwrRegistryDocument>;
