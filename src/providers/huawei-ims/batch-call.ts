import type { ApiRequest } from '../../http/request.ts';
import type { HuaweiImsAccount } from '../../model/account.ts';
import type { Target } from '../../model/target.ts';
import type { Add, Delete } from './standing.ts';
import { tagSegments } from './tags.ts';

/** Most keys of one request. Source: BatchAddOrDeleteTags, `tags`. */
export const MAX_BATCH = 10;
// Source: the same: keys of a batch delete are not blank and have at most 127 characters.
const MAX_DELETED_KEY = 127;

/** A write of some keys of one image, before the client sends it. */
export type Call = Pick<ApiRequest, 'operation' | 'method' | 'segments'> & {
  readonly body?: string;
};

/** BatchAddOrDeleteTags: operations of one type on distinct keys. */
export function batchCall(
  account: HuaweiImsAccount,
  target: Target,
  operations: readonly (Add | Delete)[],
): Call {
  const action = operations.some(({ type }) => type === 'delete') ? 'delete' : 'create';
  const tags = operations.map((operation) =>
    operation.type === 'add'
      ? { key: operation.tag, value: operation.value }
      : { key: operation.tag },
  );
  return {
    operation: 'BatchAddOrDeleteTags',
    method: 'POST',
    segments: [...tagSegments(account, target), 'action'],
    body: JSON.stringify({ action, tags }),
  };
}

/** Whether a batch may delete the key. */
export function fitsBatchDelete(key: string): boolean {
  return key.trim() !== '' && [...key].length <= MAX_DELETED_KEY;
}
