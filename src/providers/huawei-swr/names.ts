import type { Capabilities } from '../../model/capabilities.ts';
import { ReconcileError } from '../../model/errors.ts';
import { type Target, targetKey } from '../../model/target.ts';

// Rules: SWR API reference "Creating an Image Tag", 2024-12-06; tag grammar: OCI distribution-spec v1.1.
const NAMESPACE = /^[a-z][a-z0-9]*(?:(?:\.|_{1,2}|-)[a-z0-9]+)*$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_{1,2}|-|\/)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]*$/;
const MAX_NAMESPACE = 64;
const MAX_REPOSITORY = 128;
const MAX_TAG = 128;

const IMAGE_TAGS = {
  kind: 'image',
  maxTags: null,
  refuseName: refuseTagName,
  refuseValue: () => null,
} as const;
const NO_ADDS =
  'SWR binds a tag only to the content of another tag of the repository: use a copy or a channel';

/** Copies and deletes; SWR's management API cannot bind a name to a digest it is given. */
export const huaweiSwrCapabilities: Capabilities = {
  ...IMAGE_TAGS,
  operations: new Set(['copy', 'delete']),
  missing: {
    add: NO_ADDS,
    promote:
      'the API of SWR takes no content; that takes a registry login (registry: in the account)',
  },
  missingContent:
    'the API of SWR hands out no content; that takes a registry login (registry: in the account)',
};

/** With a registry login beside the API. */
export const swrRegistryCapabilities: Capabilities = {
  ...IMAGE_TAGS,
  operations: new Set(['copy', 'delete', 'promote']),
  missing: { add: NO_ADDS },
};

/** An SWR repository: the first path segment is the organization. */
export interface RepositoryName {
  readonly namespace: string;
  /** With real slashes. */
  readonly repository: string;
}

/** Splits and checks the path of a target; throws PROVIDER_REJECTED before any request. */
export function parseRepository(target: Target): RepositoryName {
  const slash = target.path.indexOf('/');
  const namespace = target.path.slice(0, Math.max(slash, 0));
  const repository = target.path.slice(slash + 1);
  const reason = slash < 0 ? 'it has no slash' : refuseRepository({ namespace, repository });
  if (reason === null) return { namespace, repository };
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot use repository "${targetKey(target)}": ${reason}, organization/repository was wanted`,
  );
}

/** Path segments of a repository or of something in it. SWR wants `$` where the name has a slash. */
export function repositorySegments(
  { namespace, repository }: RepositoryName,
  ...rest: readonly string[]
): readonly string[] {
  const segment = repository.split('/').join('$');
  return ['v2', 'manage', 'namespaces', namespace, 'repos', segment, ...rest];
}

function refuseRepository({ namespace, repository }: RepositoryName): string | null {
  if (namespace.length > MAX_NAMESPACE) {
    return `the organization has ${namespace.length} characters, at most ${MAX_NAMESPACE} are allowed`;
  }
  if (!NAMESPACE.test(namespace)) {
    return `the organization breaks the rule "starts with a-z, ends with a-z or 0-9, single . or - or one or two _ between"`;
  }
  if (repository.length > MAX_REPOSITORY) {
    return `the repository has ${repository.length} characters, at most ${MAX_REPOSITORY} are allowed`;
  }
  if (!REPOSITORY.test(repository)) {
    return `the repository breaks the rule "starts and ends with a-z or 0-9, single . or - or / or one or two _ between"`;
  }
  return null;
}

function refuseTagName(name: string): string | null {
  if (name.length > MAX_TAG) return `has ${name.length} characters, at most ${MAX_TAG} are allowed`;
  if (!TAG.test(name)) return 'must start with a letter, a digit or _ and go on with those, . or -';
  return null;
}
