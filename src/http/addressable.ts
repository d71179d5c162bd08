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
  if (segments.some(isDots)) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `Cannot call ${operation} of account "${account}": a part of its path is empty, "." or "..", a name was wanted`,
    );
  }
  if (!segments.every(isWellFormed) || !query.every(isPairWellFormed)) {
    throw new ReconcileError(
      'PROVIDER_REJECTED',
      `Cannot call ${operation} of account "${account}": a name in it is not valid Unicode, text that can be sent was wanted`,
    );
  }
}

function isDots(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..';
}

function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

function isPairWellFormed(pair: readonly [name: string, value: string]): boolean {
  return pair.every(isWellFormed);
}
