import type { ApiResponse } from '../http/request.ts';
import type { RegistryContent } from '../model/promotion.ts';
import type { Target } from '../model/target.ts';
import { repositoryOf, scopeOf } from './call.ts';
import type { Registry } from './registry.ts';

/** One promotion on its way: where from, where to, and what every write has to ask. */
export interface Lane {
  readonly registry: Registry;
  readonly target: Target;
  readonly content: RegistryContent;
  readonly source: Target;
  readonly check: () => void;
  /** Requests that wrote, so far. */
  writes: number;
}

/** Counts a write; one that a read has settled took one request at least. */
export function countWrite(lane: Lane, response: ApiResponse | null): void {
  lane.writes += response?.attempts ?? 1;
}

/** What every write of a lane says. */
export function writeOf({ target, check }: Pick<Lane, 'target' | 'check'>) {
  return { scopes: [scopeOf(repositoryOf(target), 'pull', 'push')], lastCheck: check };
}
