import type { Incoming, Refusal, Reply } from './exchange.ts';
import { refuseAsSwr } from './huawei-errors.ts';
import type { RepositoryRecord } from './repository-store.ts';
import { isNamespaceName, isRepositoryName } from './swr-names.ts';
import type { World } from './world.ts';

/** A request to the management API. */
export interface SwrRequest {
  readonly world: World;
  readonly incoming: Incoming;
}

/** A request for one repository; `repository` holds real slashes. */
export interface SwrPlace extends SwrRequest {
  readonly namespace: string;
  readonly repository: string;
}

export const NO_SUCH_URL = toRefusal(404, '4040083', 'No such url');
export const BAD_PARAMETER = toRefusal(400, '4001014', 'Invalid parameter');
export const BAD_QUERY = toRefusal(400, '4001025', 'Invalid query parameter');
export const BAD_TAG_NAME = toRefusal(400, '4000016', 'Invalid version');
export const NO_SUCH_TAG = toRefusal(404, '4040048', 'Version not found');
export const TAG_EXISTS = toRefusal(409, '4090006', 'Image already exists');
export const TOKEN_EXPIRED = toRefusal(401, '4010000', 'Token expired');
export const NO_PROJECT = toRefusal(400, '4001048', 'Failed to get Token from Context');
const BAD_NAMESPACE = toRefusal(400, '4001028', 'Invalid organization name');
const BAD_REPOSITORY = toRefusal(400, '4001029', 'Invalid image name');
const NO_SUCH_NAMESPACE = toRefusal(404, '4041061', 'Organization not found');
const NO_SUCH_REPOSITORY = toRefusal(404, '4040010', 'Image not found');

/** Renders a refusal in the shape the switch asks for. */
export function refuseSwr({ world, incoming }: SwrRequest, refusal: Refusal): Reply {
  return refuseAsSwr(refusal, incoming, world.switches.swr.errorShape);
}

export type Access = { readonly record: RepositoryRecord } | { readonly refusal: Refusal };

/** The repository of a request, names checked first. */
export function resolveRepository({ world, namespace, repository }: SwrPlace): Access {
  if (!isNamespaceName(namespace)) return { refusal: BAD_NAMESPACE };
  if (!isRepositoryName(repository)) return { refusal: BAD_REPOSITORY };
  if (!world.namespaces.has(namespace)) return { refusal: NO_SUCH_NAMESPACE };
  const record = world.repositories.get(`${namespace}/${repository}`);
  return record === undefined ? { refusal: NO_SUCH_REPOSITORY } : { record };
}

function toRefusal(status: number, code: string, message: string): Refusal {
  return { status, code: `SVCSTG.SWR.${code}`, message };
}
