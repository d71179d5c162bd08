import type { ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';
import { refuseAborted } from './cancelled.ts';
import type { LearnedFacts } from './registry.ts';

/** How a registry, or the API in front of it, deletes a tag. */
export type DeleteMethod =
  /** The tag is taken away and nothing else; proved with two scratch tags of one content. */
  | 'by-tag'
  /** The content goes, with every name it has, so the tag gets a content of its own first. */
  | 'by-digest';

/** Knows how to delete at one registry, once it has been found out. */
export interface DeleteMethods {
  /** What this process or another one has found out; null: nobody yet. */
  recall(): Promise<DeleteMethod | null>;
  /** The method, proved in this repository when nobody knows it. Throws PROVIDER_REJECTED when the registry refuses deletes. */
  read(target: Target, check: () => void, signal: AbortSignal): Promise<DeleteMethod>;
  /** The method, proved anew: an answer contradicts what is known. What that shows is believed for a while. */
  review(target: Target, check: () => void, signal: AbortSignal): Promise<DeleteMethod>;
  /** Something else than a proof has shown the method. */
  note(method: DeleteMethod): Promise<void>;
}

/** Where it is kept what was found out. */
export interface Learning {
  readonly account: string;
  /** Host that the deletes are sent to. */
  readonly host: string;
  readonly learnedFacts: LearnedFacts | null;
  readonly now: () => Date;
}

/** The error of a proof that came to nothing and may have left scratch tags behind, so that it must not be made each time. */
export interface Unproved {
  readonly refusal: ReconcileError;
}

type Prove = (
  target: Target,
  check: () => void,
  signal: AbortSignal,
) => Promise<DeleteMethod | Unproved>;
type Find = (target: Target, check: () => void, signal: AbortSignal) => Promise<DeleteMethod>;

/** A proof that came to nothing is made again after this, then after twice as long, and at least once a day. */
const REFUSED_MS = 10 * 60_000;
const MAX_REFUSED_MS = 24 * 3_600_000;
/** A tag that is refused is no reason to prove again what was proved lately. */
const REVIEWED_MS = 10 * 60_000;
const MAX_REFUSALS = 256;

/** One proof at a time, and none once it is known; kept for all processes where there is a store. */
export function createProvedMethods(learning: Learning, prove: Prove): DeleteMethods {
  const { now } = learning;
  const memory = createMemory(learning);
  const refusals = createRefusals(now);
  let proving: Promise<unknown> | null = null;
  let reviewedMs = Number.NEGATIVE_INFINITY;

  const proveAnew: Find = async (target, check, signal) => {
    refusals.check(target);
    const method = await prove(target, check, signal);
    if (typeof method !== 'string') throw refusals.keep(target, method);
    await memory.note(method);
    return method;
  };
  const find: Find = async (...asked) => (await memory.recall()) ?? (await proveAnew(...asked));
  return {
    recall: async () => await memory.recall(),
    note: async (method) => await memory.note(method),
    async review(...asked) {
      const isRecent = Math.abs(now().getTime() - reviewedMs) < REVIEWED_MS;
      if (isRecent) return await find(...asked);
      const method = await proveAnew(...asked);
      reviewedMs = now().getTime();
      return method;
    },
    async read(target, check, signal) {
      for (;;) {
        refuseAborted(target, signal);
        if (proving === null) {
          const mine = find(target, check, signal);
          proving = mine;
          try {
            return await mine;
          } finally {
            proving = null;
          }
        }
        // Another delete's proof may fail for reasons of its own, such as a pause of its target.
        await settled(proving, signal);
      }
    },
  };
}

/** What is known here and, where there is a store, to all. */
function createMemory({ account, host, learnedFacts }: Learning) {
  const fact = `delete-method:${host}`;
  let known: DeleteMethod | null = null;
  return {
    async recall(): Promise<DeleteMethod | null> {
      if (known !== null) return known;
      try {
        const value = (await learnedFacts?.learned(account, fact)) ?? null;
        known = value === 'by-tag' || value === 'by-digest' ? value : null;
      } catch {
        // A silent store costs a proof, not the delete.
      }
      return known;
    },
    async note(method: DeleteMethod): Promise<void> {
      known = method;
      try {
        await learnedFacts?.learn(account, fact, method);
      } catch {
        // This process knows it; others prove it again.
      }
    },
  };
}

/** Repositories in which a proof came to nothing. */
function createRefusals(now: () => Date) {
  const kept = new Map<string, Unproved & { readonly untilMs: number; readonly waitMs: number }>();
  return {
    check(target: Target): void {
      const { refusal, untilMs = 0 } = kept.get(targetKey(target)) ?? {};
      if (refusal !== undefined && now().getTime() < untilMs) throw refusal;
    },
    keep(target: Target, { refusal }: Unproved): ReconcileError {
      const before = kept.get(targetKey(target))?.waitMs ?? REFUSED_MS / 2;
      const waitMs = Math.min(MAX_REFUSED_MS, before * 2);
      if (kept.size >= MAX_REFUSALS) kept.clear();
      kept.set(targetKey(target), { refusal, untilMs: now().getTime() + waitMs, waitMs });
      return refusal;
    },
  };
}

/** Resolves when the work is over, one way or the other, or when it is not waited for any more. */
async function settled(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const left = Promise.withResolvers<void>();
  const leave = (): void => left.resolve();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([work.catch(() => null), left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
