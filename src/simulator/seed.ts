import { z } from 'zod';
import { ImageContentSchema } from './oci-image.ts';
import { SwitchesSchema } from './switches.ts';

const TagSeedSchema = z.union([
  z.string(),
  z.strictObject({
    /** A digest, or any label from which one is derived. */
    digest: z.string(),
    created: z.iso.datetime().optional(),
    updated: z.iso.datetime().optional(),
    /** Instead of `updated`: days before the simulator's start. */
    ageDays: z.number().nonnegative().optional(),
    /** How the image behind the label is built, as the registry shows it. */
    image: ImageContentSchema.optional(),
  }),
]);

const HuaweiCredentialSchema = z.strictObject({
  accessKey: z.string(),
  secretKey: z.string(),
  securityToken: z.string().optional(),
  projectId: z.string(),
  region: z.string().default('cn-north-4'),
  domain: z.string().default('example'),
  username: z.string().default('robot'),
  password: z.string().default('password'),
  /** Set on temporary keys. */
  expiresAtMs: z.number().optional(),
});

const UcloudCredentialSchema = z.strictObject({
  publicKey: z.string(),
  privateKey: z.string(),
  projectId: z.string().default('org-example'),
});

const RegistryLoginSchema = z.strictObject({
  username: z.string(),
  password: z.string(),
  /** What the account may do at most. */
  actions: z.array(z.enum(['pull', 'push', 'delete'])).default(['pull', 'push', 'delete']),
  /** Repositories it may touch, by the start of their names; everywhere when left out. */
  repositories: z.array(z.string()).default(['']),
});

const UhubLoginSchema = z.strictObject({
  username: z.string(),
  password: z.string(),
  projectId: z.string().default('org-example'),
});

const ImageSeedSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  osType: z.string().default('Linux'),
  osVersion: z.string().default('Debian GNU/Linux 12 64bit'),
  visibility: z.enum(['private', 'public', 'shared']).default('private'),
  /** `__imagetype`; follows the visibility when left out. */
  imageType: z.enum(['gold', 'private', 'shared', 'market']).optional(),
  status: z.enum(['queued', 'saving', 'deleted', 'killed', 'active']).default('active'),
  /** Project id; the first Huawei credential's when left out. */
  owner: z.string().optional(),
  createdAt: z.iso.datetime().optional(),
  tags: z.record(z.string(), z.string()).default({}),
});

const RepositorySeedSchema = z.strictObject({
  name: z.string().regex(/^[^/]+\/.+$/, 'Expected namespace/repository'),
  public: z.boolean().default(false),
  category: z.string().default('linux'),
  description: z.string().default(''),
  tags: z.record(z.string(), TagSeedSchema).default({}),
});

const UhubSeedSchema = z.strictObject({
  repo: z.string(),
  image: z.string(),
  shared: z.boolean().default(false),
  private: z.boolean().default(true),
  /** Owning project; the first UCloud credential's when left out. */
  projectId: z.string().optional(),
  tags: z.record(z.string(), TagSeedSchema).default({}),
});

const OciSeedSchema = z.strictObject({
  name: z.string(),
  tags: z.record(z.string(), TagSeedSchema).default({}),
});

/** The world at start. Strict: a misspelt field must not read as an empty world. */
export const SeedSchema = z.strictObject({
  credentials: z
    .strictObject({
      huawei: z.array(HuaweiCredentialSchema).default([]),
      ucloud: z.array(UcloudCredentialSchema).default([]),
      /** Logins of the UHub registry; the API keys are none. */
      uhubRegistry: z.array(UhubLoginSchema).default([]),
      /** Logins of the plain OCI registry. */
      oci: z.array(RegistryLoginSchema).default([]),
    })
    .prefault({}),
  images: z.array(ImageSeedSchema).default([]),
  repositories: z.array(RepositorySeedSchema).default([]),
  uhub: z.array(UhubSeedSchema).default([]),
  oci: z.array(OciSeedSchema).default([]),
  switches: SwitchesSchema.prefault({}),
});

export type Seed = z.infer<typeof SeedSchema>;
/** What a seed document may look like before defaults are filled in. */
export type SeedInput = z.input<typeof SeedSchema>;
export type TagSeed = z.input<typeof TagSeedSchema>;
export type ImageSeed = z.input<typeof ImageSeedSchema>;
export type RepositorySeed = z.input<typeof RepositorySeedSchema>;
export type UhubSeed = z.input<typeof UhubSeedSchema>;
export type OciSeed = z.input<typeof OciSeedSchema>;
export type HuaweiCredential = z.infer<typeof HuaweiCredentialSchema>;
export type UcloudCredential = z.infer<typeof UcloudCredentialSchema>;
export type RegistryLogin = z.infer<typeof RegistryLoginSchema>;
export type UhubLogin = z.infer<typeof UhubLoginSchema>;

export { ImageSeedSchema, OciSeedSchema, RepositorySeedSchema, UhubSeedSchema };
