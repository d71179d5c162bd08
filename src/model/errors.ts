/** Every way a run can fail, and whether trying again may help. */
export const ERRORS = {
  CONFIG_INVALID: { retriable: false },
  POLICY_INVALID: { retriable: false },
  PLAN_UNSAFE: { retriable: false },
  PLAN_STALE: { retriable: false },
  QUEUE_UNSAFE: { retriable: false },
  QUEUE_UNAVAILABLE: { retriable: true },
  PROVIDER_AUTH: { retriable: false },
  PROVIDER_FORBIDDEN: { retriable: false },
  PROVIDER_NOT_FOUND: { retriable: false },
  PROVIDER_CONFLICT: { retriable: true },
  PROVIDER_REJECTED: { retriable: false },
  PROVIDER_THROTTLED: { retriable: true },
  PROVIDER_UNAVAILABLE: { retriable: true },
  LISTING_INCOMPLETE: { retriable: true },
  TARGET_CHANGED: { retriable: true },
  TEMPLATE_INVALID: { retriable: false },
  GATE_REFUSED: { retriable: false },
  CANCELLED: { retriable: true },
  INTERNAL: { retriable: false },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface ReconcileErrorOptions extends ErrorOptions {
  /** How long the provider asked us to wait. */
  readonly retryAfterMs?: number;
}

/** The one error class; the code says what a driver does with it. */
export class ReconcileError extends Error {
  override readonly name = 'ReconcileError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: ReconcileErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** True when running the same work again may succeed. */
export function isRetriable(error: unknown): boolean {
  return error instanceof ReconcileError && ERRORS[error.code].retriable;
}
