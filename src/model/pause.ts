/** What a pause holds: everything, one policy's operations, targets by a glob over `account/path`, or deletes alone. */
export type PauseScope =
  | { readonly type: 'all' }
  | { readonly type: 'policy'; readonly policy: string }
  | { readonly type: 'targets'; readonly glob: string }
  | { readonly type: 'deletes' };

/** Writes that somebody, or a guard, holds back; planning goes on. */
export interface Pause {
  readonly scope: PauseScope;
  readonly reason: string;
  /** `cli`, `config`, or `guard` for the fleet-wide delete breaker. */
  readonly by: 'cli' | 'config' | 'guard';
  readonly since: Date;
}
