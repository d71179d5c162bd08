import type { Pace } from '../../../src/http/pace.ts';
import { createSharedPace, type PaceBoard } from '../../../src/http/shared-pace.ts';
import type { RequestBudget } from '../../../src/model/account.ts';

/** Time that passes only when something is due: minutes of traffic in milliseconds, the same on any machine. */
export interface VirtualTime {
  nowMs(): number;
  at(ms: number, run: () => void): void;
  runUntil(ms: number): Promise<void>;
}

export function createVirtualTime(): VirtualTime {
  const due: { readonly ms: number; readonly run: () => void }[] = [];
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    at(ms, run) {
      const index = due.findLastIndex((other) => other.ms <= ms) + 1;
      due.splice(index, 0, { ms, run });
    },
    async runUntil(ms) {
      for (let next = due.shift(); next !== undefined && next.ms <= ms; next = due.shift()) {
        nowMs = Math.max(nowMs, next.ms);
        next.run();
        // What a board answers is heard now, not after minutes.
        await Promise.resolve();
      }
    },
  };
}

export interface Throttled {
  /** What the cloud lets through; `burst` is saved up while nobody asks. */
  readonly cloud: { readonly perSecond: number; readonly burst: number };
  readonly retryAfterMs: number | null;
  readonly budget: RequestBudget;
  readonly processes: number;
  /** Calls that are always there to be made; one that was throttled comes back after its wait. */
  readonly callers: number;
  readonly latencyMs: number;
  readonly isBoardDown: boolean;
  /** Share of requests that are refused however slowly they come. */
  readonly chance: number;
}

export interface Traffic {
  /** Moments in milliseconds. */
  readonly sent: readonly number[];
  readonly accepted: readonly number[];
  readonly paces: readonly Pace[];
}

/** Processes that keep the rate of an account together, over a cloud that throttles, for so long of virtual time. */
export async function play(setup: Throttled, forMs: number): Promise<Traffic> {
  const time = createVirtualTime();
  const traffic = { sent: [] as number[], accepted: [] as number[] };
  const world: World = { setup, time, traffic, takes: tokenBucket(setup, time), due: { ms: 0 } };
  const board = aBoard();
  const paces = Array.from({ length: setup.processes }, () => {
    const own = setup.isBoardDown ? DOWN : board;
    const clocks = { nowMs: () => EPOCH_MS + time.nowMs(), monotonicMs: () => time.nowMs() };
    return createSharedPace({ budget: setup.budget, onChange: () => {} }, own, clocks);
  });
  for (const [index, pace] of paces.entries()) startProcess(world, pace, index);
  await time.runUntil(forMs);
  return { ...traffic, paces };
}

/** How many of the moments lie in the time, by second. */
export function perSecond(moments: readonly number[], fromMs: number, toMs: number): number {
  const counted = moments.filter((ms) => ms >= fromMs && ms < toMs);
  return (counted.length / (toMs - fromMs)) * 1_000;
}

const EPOCH_MS = 1_750_000_000_000;
const DOWN: PaceBoard = {
  read: async () => await Promise.reject(new Error('down')),
  write: async () => await Promise.reject(new Error('down')),
};

export function aBoard(): PaceBoard {
  let word: string | null = null;
  return {
    read: async () => await Promise.resolve(word),
    async write(text) {
      word = text;
      await Promise.resolve();
    },
  };
}

interface World {
  readonly setup: Throttled;
  readonly time: VirtualTime;
  readonly traffic: { readonly sent: number[]; readonly accepted: number[] };
  readonly takes: () => boolean;
  /** When the next request of the account is due, as the store keeps it. */
  readonly due: { ms: number };
}

function tokenBucket({ cloud, chance }: Throttled, time: VirtualTime): () => boolean {
  let tokens = cloud.burst;
  let atMs = 0;
  let asked = 0;
  return () => {
    asked += 1;
    if (chance > 0 && asked % Math.round(1 / chance) === 0) return false;
    tokens = Math.min(cloud.burst, tokens + ((time.nowMs() - atMs) / 1_000) * cloud.perSecond);
    atMs = time.nowMs();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function startProcess(world: World, pace: Pace, index: number): void {
  const { setup, time, traffic, due } = world;
  let ready = Math.ceil(setup.callers / setup.processes);
  let inFlight = 0;
  let isWaiting = false;
  let waits = 0;

  const answer = (settle: ReturnType<Pace['sent']>, accepted: boolean): void => {
    inFlight -= 1;
    if (accepted) ready += 1;
    else {
      // Spread as the client's own waits are, 2 to 5 s.
      waits = (waits + 7) % 31;
      const waitMs = setup.retryAfterMs ?? 2_000;
      time.at(time.nowMs() + waitMs + waits * 100, () => {
        ready += 1;
        pump();
      });
    }
    const { retryAfterMs } = setup;
    settle(accepted ? { type: 'answered' } : { type: 'throttled', retryAfterMs });
    pump();
  };
  const send = (): void => {
    isWaiting = false;
    ready -= 1;
    inFlight += 1;
    const settle = pace.sent({ operation: 'ListThings' });
    const accepted = world.takes();
    traffic.sent.push(time.nowMs());
    if (accepted) traffic.accepted.push(time.nowMs());
    time.at(time.nowMs() + setup.latencyMs, () => answer(settle, accepted));
    pump();
  };
  const pump = (): void => {
    const { requestsPerSecond, concurrency } = pace.allowed();
    if (isWaiting || ready === 0 || inFlight >= concurrency) return;
    isWaiting = true;
    const heldMs = pace.holdMs();
    if (heldMs > 0) {
      time.at(time.nowMs() + heldMs, () => {
        isWaiting = false;
        pump();
      });
      return;
    }
    const mineMs = Math.max(due.ms, time.nowMs());
    due.ms = mineMs + 1_000 / requestsPerSecond;
    time.at(mineMs, send);
  };
  time.at(index, pump);
}
