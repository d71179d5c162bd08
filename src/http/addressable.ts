import { ReconcileError } from '../model/errors.ts';
import type { ApiRequest } from './request.ts';

/**
 * Throws PROVIDER_REJECTED for a request that would not reach what it names: an empty segment would address the collection
 * instead of its member; dots are resolved away by servers; half of a surrogate pair has no UTF-8 form, so it would arrive
 * as another name.
 */
export function refuseUnaddressable(
  account: string,
  { operation, segments, query = [] }: ApiRequest,
): void {
  const place = `Cannot call ${operation} of account "${account}"`;
  if (segments.some((segment) => /^\.{0,2}$/.test(segment))) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `${place}: a part of its path is empty, "." or "..", a name was wanted`,
    );
  }
  if ([...segments, ...query.flat()].some((text) => !text.isWellFormed())) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `${place}: a name in it is not valid Unicode, text that can be sent was wanted`,
    );
  }
}
