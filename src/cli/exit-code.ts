import type { ErrorCode } from '../model/errors.ts';

/** Exit codes of every command; part of the public surface. */
export const EXIT = {
  ok: 0,
  error: 1,
  changesPresent: 2,
  refused: 3,
  partlyApplied: 4,
  stale: 5,
  usage: 64,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Exit code of a command that ended with an error. */
export const EXIT_CODE_OF_ERROR = {
  CONFIG_INVALID: EXIT.error,
  POLICY_INVALID: EXIT.error,
  POLICY_UNREACHABLE: EXIT.error,
  PLAN_UNSAFE: EXIT.refused,
  PLAN_STALE: EXIT.stale,
  QUEUE_UNSAFE: EXIT.error,
  QUEUE_UNAVAILABLE: EXIT.error,
  AUDIT_UNAVAILABLE: EXIT.error,
  PROVIDER_AUTH: EXIT.error,
  PROVIDER_FORBIDDEN: EXIT.error,
  PROVIDER_NOT_FOUND: EXIT.error,
  PROVIDER_CONFLICT: EXIT.error,
  PROVIDER_REJECTED: EXIT.error,
  PROVIDER_THROTTLED: EXIT.error,
  PROVIDER_UNAVAILABLE: EXIT.error,
  PROVIDER_DOWN: EXIT.error,
  LISTING_INCOMPLETE: EXIT.error,
  TARGET_CHANGED: EXIT.error,
  TARGET_QUARANTINED: EXIT.error,
  TEMPLATE_INVALID: EXIT.error,
  GATE_REFUSED: EXIT.refused,
  SERVER_UNREACHABLE: EXIT.error,
  SERVER_REFUSED: EXIT.error,
  CANCELLED: EXIT.interrupted,
  INTERNAL: EXIT.error,
} as const satisfies Record<ErrorCode, ExitCode>;
