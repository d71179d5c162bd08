import { z } from 'zod';

type Auth = 'none' | 'basic' | 'bearer';
type Refused = 'allowed' | '405' | '400';

/** Where the three registries differ from the start. */
interface Defaults {
  readonly auth: Auth;
  readonly challengeScope: 'needed' | 'empty';
  readonly deleteNeeds: 'delete' | 'push';
  readonly deletes: Refused;
}

/** How tags and repositories are listed. */
const LISTING = {
  /** False: a full page comes without `Link`. */
  link: z.boolean().default(true),
  /** `opaque`: nothing of it can be guessed; `foreign`: another host, as a proxy may say by mistake. */
  linkStyle: z.enum(['relative', 'absolute', 'opaque', 'foreign']).default('relative'),
  order: z.enum(['bytes', 'ignore-case', 'none']).default('bytes'),
  /** A repository without tags: `[]`, `null`, or 404. */
  emptyTags: z.enum(['list', 'null', '404']).default('list'),
  /** All tags at once, whatever `n` says. */
  ignoreN: z.boolean().default(false),
  /** Most tags a page holds. */
  maxN: z.int().positive().nullable().default(null),
  /** Answer to a larger `n`. */
  overN: z.enum(['clamp', '400']).default('clamp'),
  catalog: z.enum(['on', '401', '404']).default('on'),
} as const;

/** How manifests and blobs are read and taken. */
const CONTENT = {
  /** `reference`: a Docker list without its type in `Accept` becomes its linux/amd64 child, OCI content 404. */
  accept: z.enum(['reference', 'ignored']).default('reference'),
  digestHeader: z.boolean().default(true),
  etag: z.boolean().default(true),
  warning: z.string().nullable().default(null),
  /** Whether blobs and children a manifest names must be there; a missing subject never matters. */
  missingBlobs: z.enum(['400', '404', 'accepted']).default('400'),
  maxManifestBytes: z
    .int()
    .positive()
    .default(4 * 1024 * 1024),
  mount: z.boolean().default(true),
  /** Upload and manifest locations. */
  location: z.enum(['relative', 'absolute']).default('relative'),
  /** Blobs are fetched from another origin, which refuses requests with `Authorization`. */
  blobRedirect: z.boolean().default(false),
  referrers: z.boolean().default(true),
  /** False: `artifactType` is ignored. */
  referrersFilter: z.boolean().default(true),
  /** Referrers a page holds. */
  referrersPage: z.int().positive().nullable().default(null),
} as const;

/** Everything a registry may do in its own way. The defaults are the specification's. */
function createRegistrySwitches({ auth, challengeScope, deleteNeeds, deletes }: Defaults) {
  return z.strictObject({
    auth: z.enum(['none', 'basic', 'bearer']).default(auth),
    /** Reading without a login; with `bearer` a token is needed all the same. */
    anonymousPull: z.boolean().default(false),
    /** Scope named in the challenge: what the call needs, too little, no actions, or none at all. */
    challengeScope: z.enum(['needed', 'pull', 'empty', 'none']).default(challengeScope),
    /** `shuffled`: other parameter order and letter case. */
    challengeStyle: z.enum(['plain', 'shuffled']).default('plain'),
    /** Realm of the challenge; this registry's own when null. */
    realm: z.string().nullable().default(null),
    /** What a token grants of the actions asked for; less is never an error. */
    grant: z.enum(['asked', 'pull', 'none']).default('asked'),
    /** Action a delete needs. */
    deleteNeeds: z.enum(['delete', 'push']).default(deleteNeeds),
    /** Answer to a token that may not do this. */
    insufficient: z.enum(['401', '403']).default('401'),
    /** Life of a token; null leaves `expires_in` out, which means 60. */
    expiresInS: z.number().positive().nullable().default(300),
    tokenField: z.enum(['token', 'access_token', 'both']).default('token'),
    /** Answer to the probe of `/v2/`. */
    probe: z.enum(['normal', '301']).default('normal'),

    tagDelete: z.enum(['allowed', '405', '400']).default(deletes),
    digestDelete: z.enum(['allowed', '405', '400']).default(deletes),
    /** False: tags of a deleted digest stay in the list and answer 404. */
    digestDeleteUntags: z.boolean().default(true),
    /** Status of a PUT on a tag that names another digest; null: it is replaced silently. */
    immutableTags: z.int().min(400).max(499).nullable().default(null),
    /** Regular expression of the tags that are immutable. */
    immutablePattern: z.string().default(''),

    ...LISTING,
    ...CONTENT,
  });
}

const Plain = createRegistrySwitches({
  auth: 'none',
  challengeScope: 'needed',
  deleteNeeds: 'delete',
  deletes: 'allowed',
});
const Swr = createRegistrySwitches({
  auth: 'bearer',
  challengeScope: 'empty',
  deleteNeeds: 'push',
  deletes: 'allowed',
});
const Uhub = createRegistrySwitches({
  auth: 'bearer',
  challengeScope: 'needed',
  deleteNeeds: 'push',
  deletes: '405',
});

/** Of the plain registry, and those of SWR and UHub. */
export const REGISTRY_SWITCHES = {
  oci: Plain.prefault({}),
  swrRegistry: Swr.prefault({}),
  uhubRegistry: Uhub.prefault({}),
} as const;

export type RegistrySwitches = z.infer<typeof Plain>;
