import { classifyStatus } from '../http/classification.ts';
import type { Wire } from '../http/request.ts';

/** Adds no credential; for token servers, which get theirs by hand, and for stores that a registry points at. */
export const OPEN_WIRE: Wire = {
  authorize: (request) => Promise.resolve(request),
  classify: classifyStatus,
  renew: () => false,
};
