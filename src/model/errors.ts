/** Every way a run can fail, whether trying again may help, and what to do. docs/errors.md is made from it. */
export const ERRORS = {
  CONFIG_INVALID: {
    retriable: false,
    means: 'The configuration is missing or wrong, so nothing was contacted',
    remedy: 'Correct tagwarden.yaml at the place the message names; doctor checks the rest',
  },
  POLICY_INVALID: {
    retriable: false,
    means: 'A policy file is wrong, so none of the set is used',
    remedy: 'Correct the places the message names; a service keeps the last good set',
  },
  POLICY_UNREACHABLE: {
    retriable: true,
    means: 'The place the policies come from cannot be read',
    remedy:
      'Check policies.path or policies.git; a service keeps the last good set and asks again by itself',
  },
  PLAN_UNSAFE: {
    retriable: false,
    means: 'A guard refused the plan',
    remedy: 'Read the figures; when they are meant, repeat with the --confirm the message names',
  },
  PLAN_STALE: {
    retriable: false,
    means: 'The target changed after the plan was saved',
    remedy: 'Plan again and review the difference',
  },
  QUEUE_UNSAFE: {
    retriable: false,
    means: 'The queue could lose jobs, as Redis does with an eviction policy',
    remedy: 'Do what the message names, such as maxmemory-policy noeviction, or use another queue',
  },
  QUEUE_UNAVAILABLE: {
    retriable: true,
    means: 'The queue cannot be reached',
    remedy: 'Check queue.url and that the server runs; the work is taken up again by itself',
  },
  AUDIT_UNAVAILABLE: {
    retriable: true,
    means:
      'The audit stream cannot be written, so a write that had to be announced there was not sent',
    remedy:
      'Make room, or correct audit.folder and its permissions; the work is taken up again by itself',
  },
  PROVIDER_AUTH: {
    retriable: false,
    means: 'The cloud refused the credential of an account',
    remedy: 'Correct the secret of the account; nothing is asked with it again meanwhile',
  },
  PROVIDER_FORBIDDEN: {
    retriable: false,
    means: 'The credential is good but may not do this',
    remedy: 'Grant the permission the message names',
  },
  PROVIDER_NOT_FOUND: {
    retriable: false,
    means: 'The target does not exist at the cloud, or is hidden from the credential',
    remedy: 'Check account, region and path; nothing is deleted on the strength of it',
  },
  PROVIDER_CONFLICT: {
    retriable: true,
    means: 'The cloud is busy with the same resource, or it changed meanwhile',
    remedy: 'Wait: the target is read and planned again by itself',
  },
  PROVIDER_REJECTED: {
    retriable: false,
    means: 'The cloud refused the request as malformed or over a limit',
    remedy: 'Read its reason in the message; it will not change by trying again',
  },
  PROVIDER_THROTTLED: {
    retriable: true,
    means: 'The cloud asked for fewer requests',
    remedy: 'Wait, or lower limits.requestsPerSecond of the account',
  },
  PROVIDER_UNAVAILABLE: {
    retriable: true,
    means: 'The cloud did not answer, or answered with a fault',
    remedy: 'Wait: it is tried again by itself',
  },
  PROVIDER_DOWN: {
    retriable: true,
    means: 'Most requests of an account failed lately, so nothing is asked for a while',
    remedy: 'Wait: one request probes the cloud before the others follow; see its status page',
  },
  LISTING_INCOMPLETE: {
    retriable: true,
    means: 'The tags of the target could not be read to the end, so nothing was decided',
    remedy: 'Wait: it is tried again by itself; nothing is deleted on the strength of it',
  },
  TARGET_CHANGED: {
    retriable: true,
    means: 'A tag changed between listing and write, so the write was left out',
    remedy: 'Wait: the target is planned again by itself',
  },
  TARGET_QUARANTINED: {
    retriable: true,
    means: 'The passes of the target took workers down again and again, so it is left alone',
    remedy:
      'Find out what its passes die of; it is tried again after an hour, or after resume --target',
  },
  TEMPLATE_INVALID: {
    retriable: false,
    means: 'A template names a fact the target does not have',
    remedy: 'Give a fallback, as in {{ image.osType ?? "unknown" }}',
  },
  GATE_REFUSED: {
    retriable: false,
    means:
      'The last check before the cloud refused a write: mode, protect, hourly deletes, or other names at stake',
    remedy: 'For deletes do what the message names; report the others, for none should be planned',
  },
  SERVER_UNREACHABLE: {
    retriable: true,
    means: 'The service that --server names does not answer',
    remedy: 'Check the URL, and that a process with role api runs there',
  },
  SERVER_REFUSED: {
    retriable: false,
    means: 'The service that --server names refused the request, or serves no API',
    remedy: 'Do what the message names; for a refused token check TAGWARDEN_TOKEN or --token-file',
  },
  CANCELLED: {
    retriable: true,
    means: 'The run was stopped from outside',
    remedy: 'Run it again; what was applied stays applied',
  },
  INTERNAL: {
    retriable: false,
    means: 'A fault of tagwarden itself',
    remedy: 'Report it with the message and the version',
  },
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
