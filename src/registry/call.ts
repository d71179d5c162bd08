import { parseApiError, refusedAnswer } from '../http/huawei-error.ts';
import type { ApiRequest, ApiResponse } from '../http/request.ts';
import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';
import type { Registry } from './registry.ts';

/** One call about a repository; `path` goes below `/v2/` and holds only what the grammars of names allow. */
export type RegistryCall = Omit<ApiRequest, 'segments' | 'rawTarget' | 'scopes'> & {
  readonly path: string;
  readonly scopes: readonly string[];
};

/** What may be done in a repository, as tokens are asked for it. */
export type Action = 'pull' | 'push' | 'delete';

// Repository and tag grammar: OCI distribution-spec v1.1, "Pulling manifests".
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** The spec mentions 255 for host and name together as what many clients hold. */
const MAX_REPOSITORY = 255;

/** Null: a repository name, else the rule it breaks. */
export function refuseRepositoryName(name: string): string | null {
  if (name.length > MAX_REPOSITORY) {
    return `has ${name.length} characters, at most ${MAX_REPOSITORY} are allowed`;
  }
  if (REPOSITORY.test(name)) return null;
  return 'must be parts of a-z and 0-9 with single . or -, one or two _ between, joined by /';
}

/** Null: a tag name, else the rule it breaks. */
export function refuseTagName(name: string): string | null {
  if (name.length > 128) return `has ${name.length} characters, at most 128 are allowed`;
  return TAG.test(name)
    ? null
    : 'must start with a letter, a digit or _ and go on with those, . or -';
}

/** The repository of a target; throws PROVIDER_REJECTED before any request. */
export function repositoryOf(target: Target): string {
  const rule = refuseRepositoryName(target.path);
  if (rule === null) return target.path;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot use repository "${targetKey(target)}": the name ${rule}`,
  );
}

/** Throws PROVIDER_REJECTED for a name that no registry takes, or that would be read as a digest. */
export function checkTagName(target: Target, name: string): void {
  const rule = refuseTagName(name);
  if (rule === null) return;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot use tag "${name}" of "${targetKey(target)}": the name ${rule}`,
  );
}

/** The scope of a token for a repository. */
export function scopeOf(repository: string, ...actions: readonly Action[]): string {
  return `repository:${repository}:${actions.join(',')}`;
}

/** Sends a call; any status that is an answer is handed over. */
export async function callRegistry(
  { http, endpoint }: Registry,
  { path, ...request }: RegistryCall,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  const prefix = new URL(endpoint).pathname.replace(/\/$/, '');
  return await http.send({ ...request, segments: [], rawTarget: `${prefix}/v2/${path}` }, signal);
}

/** True for 2xx. */
export function isSuccess(response: Pick<ApiResponse, 'status'>): boolean {
  return response.status >= 200 && response.status < 300;
}

/** The code of an error body in the form of the spec; null: the body has another form. */
export function codeOf(response: Pick<ApiResponse, 'text'>): string | null {
  return parseApiError(response.text)?.code ?? null;
}

/** What was asked, for messages. */
export interface CallSource {
  readonly operation: string;
  readonly subject: string;
}

/** The error of an answer, or of a write whose settlement says nothing (`null`). */
export function refuse(
  { account }: Pick<Registry, 'account'>,
  source: CallSource,
  response: ApiResponse | null,
  code?: ErrorCode,
): ReconcileError {
  if (response === null) {
    return new ReconcileError(
      'INTERNAL',
      `Cannot call ${source.operation} for "${source.subject}": the call was settled without an answer, one was wanted`,
    );
  }
  return refusedAnswer({ account, ...source }, response, code ?? errorOf(response));
}

/** A 401 that is handed over came with a token that was granted: it lacks the permission, the credential is good. */
function errorOf(response: ApiResponse): ErrorCode | undefined {
  return response.status === 401 ? 'PROVIDER_FORBIDDEN' : undefined;
}
