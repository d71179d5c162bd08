import { hasWildcard } from './glob.ts';

/** What a pause holds: everything, one policy's operations, targets by a glob over `account/path`, or deletes alone. */
export type PauseScope =
  | { readonly type: 'all' }
  | { readonly type: 'policy'; readonly policy: string }
  | { readonly type: 'targets'; readonly glob: string }
  | { readonly type: 'deletes' };

/** Who can hold writes back. */
export const PAUSED_BY = ['cli', 'api', 'config', 'guard'] as const;

/** Writes that somebody, or a guard, holds back; planning goes on. */
export interface Pause {
  readonly scope: PauseScope;
  readonly reason: string;
  /** `cli` or `api` for a person, `config`, or `guard` for the fleet-wide delete breaker. */
  readonly by: (typeof PAUSED_BY)[number];
  readonly since: Date;
}

/** The account that a scope names word for word; null: it names none, or a pattern of several. */
export function accountOf(scope: PauseScope): string | null {
  if (scope.type !== 'targets' || !scope.glob.includes('/')) return null;
  const account = scope.glob.slice(0, scope.glob.indexOf('/'));
  return hasWildcard(account) ? null : account;
}
