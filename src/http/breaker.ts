import { CircuitState, circuitBreaker, DelegateBackoff, handleWhen } from 'cockatiel';
import { ReconcileError } from '../model/errors.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { createFaultWindow, type FaultThreshold } from './fault-window.ts';

/** Stops asking an account whose cloud is down, and lets one request at a time find out when it is back. */
export interface Breaker {
  /** Throws PROVIDER_DOWN, with the time until the next try, while nothing may be asked. */
  check(): void;
  /** Sends one request unless `check` would throw; a fault counts against the account, any answer for it. */
  run<T>(request: () => Promise<T>): Promise<T>;
}

export interface BreakerOptions {
  readonly random: () => number;
  readonly onChange: (change: { readonly open: boolean }) => void;
}

/** When to stop asking, and for how long. */
const THRESHOLD = {
  windowMs: 30_000,
  leastRequests: 20,
  faultShare: 0.5,
} as const satisfies FaultThreshold;
const SHORTEST_OPEN_MS = 1_000;
const LONGEST_OPEN_MS = 60_000;
/** Part of an opening that is left to chance: workers must not all probe at once. */
const JITTER = 0.25;
/** How long others wait while a request probes the cloud. */
const PROBE_MS = 1_000;

interface Opening {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly because: string;
}

/** A breaker for one account, closed to begin with. */
export function createBreaker({ random, onChange }: BreakerOptions): Breaker {
  const faults = createFaultWindow(THRESHOLD);
  let opening: Opening | null = null;
  let openMs = 0;

  const policy = circuitBreaker(
    handleWhen((error) =>
      policy.state === CircuitState.HalfOpen ? !isAnswer(error) : isFault(error),
    ),
    {
      breaker: faults,
      halfOpenAfter: new DelegateBackoff(({ attempt, result }) => {
        openMs = openFor(attempt, 'error' in result ? result.error : null, random);
        return openMs;
      }),
    },
  );
  policy.onBreak((reason) => {
    const nowMs = Date.now();
    const because = opening?.because ?? `${faults.describe()}, last with ${nameOf(reason)}`;
    opening = { sinceMs: opening?.sinceMs ?? nowMs, untilMs: nowMs + openMs, because };
    onChange({ open: true });
  });
  policy.onReset(() => {
    opening = null;
    onChange({ open: false });
  });

  const check = (): void => {
    if (opening === null) return;
    const leftMs = policy.state === CircuitState.HalfOpen ? PROBE_MS : opening.untilMs - Date.now();
    if (leftMs > 0) throw down(opening, leftMs);
  };
  const runWhenDue = async <T>(request: () => Promise<T>): Promise<T> => {
    check();
    return await policy.execute(request);
  };
  return {
    check,
    run: (request) => (opening === null ? policy.execute(request) : runWhenDue(request)),
  };
}

/** Twice as long after each failed probe; as long as the cloud itself asked for when that is longer. */
function openFor(attempt: number, error: unknown, random: () => number): number {
  const ceilingMs = Math.min(SHORTEST_OPEN_MS * 2 ** (attempt - 1), LONGEST_OPEN_MS);
  const askedMs = error instanceof AttemptFailure ? (error.retryAfterMs ?? 0) : 0;
  return Math.round(Math.max(ceilingMs * (1 - JITTER * random()), askedMs));
}

/** No answer, or one that says that the cloud is not well. */
function isFault(error: unknown): boolean {
  if (error instanceof AttemptFailure) return error.kind === 'fault';
  return error instanceof ReconcileError && error.code === 'PROVIDER_UNAVAILABLE';
}

/** An error that shows the cloud at work; a probe that was aborted shows nothing. */
function isAnswer(error: unknown): boolean {
  if (error instanceof AttemptFailure) return error.kind === 'throttled';
  return (
    error instanceof ReconcileError &&
    (error.code === 'PROVIDER_AUTH' || error.code === 'LISTING_INCOMPLETE')
  );
}

function nameOf(reason: object): string {
  return 'error' in reason && reason.error instanceof Error ? reason.error.message : 'no answer';
}

function down({ sinceMs, because }: Opening, leftMs: number): ReconcileError {
  const since = new Date(sinceMs).toISOString();
  return new ReconcileError(
    'PROVIDER_DOWN',
    `its circuit breaker is open since ${since} because ${because}, a cloud that answers was wanted; next try in ${Math.ceil(leftMs / 1_000)} s`,
    { retryAfterMs: leftMs },
  );
}
