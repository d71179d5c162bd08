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
