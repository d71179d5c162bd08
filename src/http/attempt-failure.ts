import { ReconcileError } from '../model/errors.ts';

/** One request that came to nothing and may be repeated. Never leaves `http/`: the client translates it. */
export class AttemptFailure extends Error {
  override readonly name = 'AttemptFailure';
  readonly kind: 'throttled' | 'fault';
  /** The call may have been executed although no proper reply came. */
  readonly mayHaveRun: boolean;
  readonly retryAfterMs: number | null;

  constructor(
    facts: Pick<AttemptFailure, 'kind' | 'mayHaveRun' | 'retryAfterMs'>,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.kind = facts.kind;
    this.mayHaveRun = facts.mayHaveRun;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Without a way to find out, a call that is not idempotent is over: it is never repeated blindly. */
export function unresolvable(cause: unknown): ReconcileError {
  return new ReconcileError(
    'PROVIDER_UNAVAILABLE',
    'the reply was lost and the call may have been executed, a reply was wanted',
    { cause },
  );
}
