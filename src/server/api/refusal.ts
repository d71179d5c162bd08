import { PROBLEMS, type ProblemBody, type ProblemName, problemType } from '../../api/problem.ts';
import { type ErrorCode, ReconcileError } from '../../model/errors.ts';

export interface RefusalOptions {
  readonly errors?: NonNullable<ProblemBody['errors']>;
  /** When asking again may help. */
  readonly retryAfterS?: number;
  readonly code?: ErrorCode;
}

/** A request that is answered with a problem; its detail is shown to the caller. */
export class Refusal extends Error {
  readonly problem: ProblemName;
  readonly options: RefusalOptions;

  constructor(problem: ProblemName, detail: string, options: RefusalOptions = {}) {
    super(detail);
    this.problem = problem;
    this.options = options;
  }
}

const RETRY_AFTER_S = 5;

const PROBLEM_OF_CODE = {
  CONFIG_INVALID: 'invalid',
  POLICY_INVALID: 'invalid',
  POLICY_UNREACHABLE: 'unavailable',
  PLAN_UNSAFE: 'invalid',
  PLAN_STALE: 'invalid',
  QUEUE_UNSAFE: 'unavailable',
  QUEUE_UNAVAILABLE: 'unavailable',
  PROVIDER_AUTH: 'cloud-failed',
  PROVIDER_FORBIDDEN: 'cloud-failed',
  PROVIDER_NOT_FOUND: 'not-found',
  PROVIDER_CONFLICT: 'unavailable',
  PROVIDER_REJECTED: 'cloud-failed',
  PROVIDER_THROTTLED: 'unavailable',
  PROVIDER_UNAVAILABLE: 'unavailable',
  PROVIDER_DOWN: 'unavailable',
  LISTING_INCOMPLETE: 'cloud-failed',
  TARGET_CHANGED: 'unavailable',
  TARGET_QUARANTINED: 'unavailable',
  TEMPLATE_INVALID: 'invalid',
  GATE_REFUSED: 'invalid',
  AUDIT_UNAVAILABLE: 'unavailable',
  CANCELLED: 'unavailable',
  SERVER_UNREACHABLE: 'internal',
  SERVER_REFUSED: 'internal',
  INTERNAL: 'internal',
} as const satisfies Record<ErrorCode, ProblemName>;

const PROBLEM_OF_STATUS: Readonly<Record<number, ProblemName>> = {
  400: 'malformed',
  404: 'not-found',
  413: 'too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
};

/** Every failure as a refusal; what only a defect explains tells nothing of itself. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ReconcileError && error.code !== 'INTERNAL') {
    const { code, message, retryAfterMs } = error;
    const problem = PROBLEM_OF_CODE[code];
    const waitS = retryAfterMs === null ? RETRY_AFTER_S : Math.ceil(retryAfterMs / 1_000);
    return new Refusal(problem, message, {
      code,
      ...(problem === 'unavailable' ? { retryAfterS: waitS } : {}),
    });
  }
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null;
  const known = typeof status === 'number' ? PROBLEM_OF_STATUS[status] : undefined;
  // Fastify's own words may quote the body.
  if (known !== undefined) return new Refusal(known, PROBLEMS[known].title);
  return new Refusal('internal', 'the request failed; the log of the service says why', {
    code: 'INTERNAL',
  });
}

/** The answer's body. */
export function problemOf({ problem, message, options }: Refusal, requestId: string): ProblemBody {
  const { code, errors } = options;
  return {
    type: problemType(problem),
    ...PROBLEMS[problem],
    detail: message,
    request_id: requestId,
    ...(code === undefined ? {} : { code }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}
