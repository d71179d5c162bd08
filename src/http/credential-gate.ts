import { ReconcileError } from '../model/errors.ts';
import { AttemptFailure } from './attempt-failure.ts';

/** How long a refused credential is not tried again: Huawei locks an access key for 5 minutes after 5 failures. */
const COOL_DOWN_MS = 5 * 60_000;

/** Lets one request probe a credential before the others follow, and none once it was refused. */
export interface CredentialGate {
  /** Runs the request when the credential may be used; throws PROVIDER_AUTH without running it otherwise. */
  pass<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Throws PROVIDER_AUTH when the credential has been refused meanwhile. */
  check(): void;
  /** Remembers a PROVIDER_AUTH error; others say nothing about the credential. */
  note(error: unknown): void;
}

interface Refusal {
  readonly error: ReconcileError;
  readonly untilMs: number;
}

/** A gate for one account; a fleet of first requests with a bad key comes to one request. */
export function createCredentialGate(now: () => Date): CredentialGate {
  let proved = false;
  let probe: Promise<unknown> | null = null;
  let refusal: Refusal | null = null;

  const check = (): void => {
    if (refusal === null) return;
    const leftMs = refusal.untilMs - now().getTime();
    if (leftMs > 0) {
      throw new ReconcileError(refusal.error.code, refusal.error.message, {
        cause: refusal.error,
        retryAfterMs: leftMs,
      });
    }
    refusal = null;
  };

  const note = (error: unknown): void => {
    if (!(error instanceof ReconcileError) || error.code !== 'PROVIDER_AUTH') return;
    proved = false;
    refusal ??= { error, untilMs: now().getTime() + (error.retryAfterMs ?? COOL_DOWN_MS) };
  };

  const prove = <T>(result: T): T => {
    proved = refusal === null;
    return result;
  };
  const refuse = (error: unknown): never => {
    note(error);
    throw error;
  };
  const attempt = <T>(run: () => Promise<T>): Promise<T> => run().then(prove<T>, refuse);
  const passUnproved = async <T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    while (!proved && probe !== null) {
      shareFate(await settle(probe, signal));
      check();
    }
    check();
    if (proved) return await attempt(run);
    const mine = attempt(run);
    probe = mine;
    try {
      return await mine;
    } finally {
      probe = null;
    }
  };

  return {
    check,
    note,
    // A refusal takes the proof away, so whoever has one need not ask for refusals.
    pass: (run, signal) => (proved ? attempt(run) : passUnproved(run, signal)),
  };
}

/** The error a probe ended with, or null; rejects when the waiting call is aborted first. */
async function settle(probe: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    probe
      .then(
        () => null,
        (error: unknown) => error,
      )
      .then((error) => {
        signal.removeEventListener('abort', leave);
        resolve(error);
      })
      .catch(reject);
  });
}

// Waiting for one probe after another would serialize a whole fleet while a cloud is down: a cloud that
// did not answer the probe counts as a failed attempt of everyone who waited for it, sent or not.
function shareFate(error: unknown): void {
  if (!(error instanceof AttemptFailure)) return;
  throw new AttemptFailure(
    { kind: error.kind, mayHaveRun: false, retryAfterMs: error.retryAfterMs },
    error.message,
    { cause: error },
  );
}
