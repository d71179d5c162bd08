import type { Report } from '../../src/model/report.ts';
import type { Target } from '../../src/model/target.ts';
import { isUrgent, type Reason } from '../../src/queue/jobs.ts';
import { inSync, unknown } from './support.ts';

/** Attempts of one job; small, so that sequences of a few steps use them up. */
export const ATTEMPTS = 3;
/** Draw of the jitter: back-offs of 120 and 240 ms. */
export const DRAWN = 0.12;
/** A run that may start has to start within this (R12). */
const PROMISED_MS = 5_000;
export const STALLED_INTERVAL_MS = 150;
/** As long as the shortest throttle there is. */
const THROTTLE_MS = 100;

/** How a run ends: well, to be repeated, for good, or because the provider wants fewer requests. */
export type Ending = 'ok' | 'retriable' | 'final' | 'throttled';

/** One pass in the hands of the model. */
interface Run {
  readonly jobId: string;
  /** The last event there was when it started: it cannot have seen a later one. */
  readonly read: number;
  readonly end: (report: Report) => void;
}

/** What one account's throttled passes have in common. */
export interface Account {
  readonly name: string;
  throttledUntilMs: number;
}

/** What is to be seen of one target from outside, and whether it may be so. */
export interface Ledger {
  readonly target: Target;
  /** What must never be seen; empty when the protocol holds. */
  readonly violations: string[];
  /** Writes down an event, right before it is added. */
  event(reason: Reason): void;
  /** The body of a pass. */
  pass(jobId: string, attempt: number): Promise<Report>;
  /** Something is owed a run, or one is going on. */
  expectsRun(): boolean;
  /** Waits for the run that is owed, as long as was promised. */
  run(): Promise<void>;
  end(ending: Ending): void;
  /** The worker of the run is gone or frozen; returns the job, whose lock is to be lost. */
  freeze(): string | null;
  hasFrozen(): boolean;
  /** The frozen worker wakes up and ends its run, of which nothing may come. */
  thaw(ending: Ending): void;
  /** Ends everything well until nothing is owed. */
  settle(): Promise<void>;
  /** Everything there was to see, in order. */
  history(): string;
}

export function createLedger(target: Target, account: Account): Ledger {
  const lines: string[] = [];
  const violations: string[] = [];
  const frozen: Run[] = [];
  const failuresByJob = new Map<string, number>();
  const bornMs = performance.now();
  let live: Run | null = null;
  let lastEvent = 0;
  /** The last event that a run has seen which came to its end. */
  let served = 0;
  /** A run broke off: its job is to run again, whether or not there was an event. */
  let owesRepeat = false;
  /** How many starts there can still be: of the job, and of the one that waits behind it. */
  let startsLeft = 0;
  let isUrgentSinceStart = false;
  let backoffUntilMs = 0;
  /** From when a run could start. */
  let runnableMs = 0;
  let isSettling = false;
  let wake = () => {};

  const note = (text: string) => {
    lines.push(`${Math.round(performance.now() - bornMs)} ms ${text}`);
  };
  const violate = (text: string) => {
    note(`VIOLATION: ${text}`);
    violations.push(text);
  };
  const isOwed = () => owesRepeat || served < lastEvent;
  const lateMs = () =>
    performance.now() - Math.max(runnableMs, backoffUntilMs, account.throttledUntilMs);
  const owe = (fromMs: number) => {
    owesRepeat = true;
    startsLeft = Math.min(startsLeft + 1, 2);
    runnableMs = fromMs;
  };

  function start(run: Run, attempt: number): void {
    note(`run of job ${run.jobId} starts, attempt ${attempt}, sees event ${run.read}`);
    if (live) violate('two runs at once');
    if (startsLeft === 0) violate('a run nothing asked for: more than one was waiting');
    if (isOwed() && lateMs() > PROMISED_MS) violate(`a run came ${Math.round(lateMs())} ms late`);
    // Clocks of Redis's jobs count whole milliseconds.
    const early = backoffUntilMs - performance.now() > 2;
    if (early && !isUrgentSinceStart) violate('a plain event broke the back-off');
    const expected = 1 + (failuresByJob.get(run.jobId) ?? 0);
    if (attempt !== expected) violate(`attempt ${attempt} where ${expected} was due`);
    startsLeft -= 1;
    isUrgentSinceStart = false;
    backoffUntilMs = 0;
    live = run;
    wake();
  }

  /** Resolves at the next start, or now and then, for the clock to be looked at. */
  async function nextStart(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const timer = setTimeout(resolve, 500);
    await promise;
    clearTimeout(timer);
  }

  function finish(run: Run, ending: Ending): void {
    note(`run of job ${run.jobId} ends ${ending}`);
    live = null;
    owesRepeat = false;
    const nowMs = performance.now();
    runnableMs = nowMs;
    if (ending === 'throttled') {
      account.throttledUntilMs = nowMs + THROTTLE_MS;
      owe(nowMs);
    } else if (ending === 'retriable' && countFailure(run) < ATTEMPTS) {
      backoffUntilMs = nowMs + Math.round(DRAWN * 500 * 2 ** countOf(run));
      owe(nowMs);
    } else {
      served = run.read;
    }
    run.end(reportOf(target, ending));
  }

  const countOf = (run: Run) => failuresByJob.get(run.jobId) ?? 0;
  const countFailure = (run: Run) => {
    failuresByJob.set(run.jobId, countOf(run) + 1);
    return countOf(run);
  };

  const ledger: Ledger = {
    target,
    violations,
    event(reason) {
      lastEvent += 1;
      note(`event ${lastEvent}, ${reason}`);
      const wasOwed = isOwed() && live === null && served < lastEvent - 1;
      startsLeft = Math.min(startsLeft + 1, 2);
      if (!isUrgent(reason)) {
        if (!wasOwed && !owesRepeat) runnableMs = performance.now();
        return;
      }
      isUrgentSinceStart = true;
      backoffUntilMs = 0;
      runnableMs = performance.now();
    },
    async pass(jobId, attempt) {
      const { promise, resolve } = Promise.withResolvers<Report>();
      const run = { jobId, read: lastEvent, end: resolve };
      start(run, attempt);
      if (isSettling) finish(run, 'ok');
      return await promise;
    },
    expectsRun: () => live !== null || isOwed(),
    async run() {
      while (live === null && lateMs() <= PROMISED_MS) await nextStart();
      if (live === null) violate(`event ${lastEvent} had no run within ${PROMISED_MS} ms`);
    },
    end(ending) {
      if (live) finish(live, ending);
    },
    freeze() {
      if (!live) return null;
      const { jobId } = live;
      note(`worker of job ${jobId} freezes`);
      frozen.push(live);
      live = null;
      // One check of the active jobs finds it, the next one sees that it still has no lock.
      owe(performance.now() + 2 * STALLED_INTERVAL_MS);
      return jobId;
    },
    hasFrozen: () => frozen.length > 0,
    thaw(ending) {
      const run = frozen.shift();
      if (!run) return;
      note(`worker of job ${run.jobId} wakes up and ends ${ending}`);
      run.end(reportOf(target, ending));
    },
    async settle() {
      note('settles');
      isSettling = true;
      while (frozen.length > 0) ledger.thaw('ok');
      ledger.end('ok');
      while (isOwed() && violations.length === 0) {
        await nextStart();
        if (lateMs() > PROMISED_MS) violate(`event ${lastEvent} had no run in the end`);
      }
    },
    history: () => lines.join('\n'),
  };
  return ledger;
}

function reportOf(target: Target, ending: Ending): Report {
  switch (ending) {
    case 'ok':
      return inSync(target);
    case 'retriable':
      return unknown(target);
    case 'final':
      return unknown(target, { code: 'PROVIDER_FORBIDDEN', retriable: false });
    case 'throttled':
      return unknown(target, { code: 'PROVIDER_THROTTLED', retryAfterMs: THROTTLE_MS });
  }
}
