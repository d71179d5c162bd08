import { z } from 'zod';
import { parseJson } from '../model/json.ts';
import { createPace, type Pace, type PaceOptions } from './pace.ts';
import type { Cut } from './rate.ts';
import { LONGEST_HOLD_MS } from './rounds.ts';

/** Where processes that share an account leave word of its pace; both may fail. */
export interface PaceBoard {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

/** The clock that processes share, and one that is never set. */
export interface Clocks {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

const CLOCKS: Clocks = { nowMs: Date.now, monotonicMs: () => performance.now() };

/** How old a word of others may be when it is heard. */
const LISTEN_MS = 1_000;
/** By then a cut is climbed out of. */
const OUTDATED_MS = 300_000;

const Word = z.object({
  perSecond: z.number().positive(),
  atMs: z.number(),
  holdUntilMs: z.number(),
  beforePerSecond: z.number().positive().optional(),
});

/**
 * The pace of an account that several processes use: a step down of one is a step down of all. Without an answer of the board
 * (null: there is none) each goes by what it finds itself.
 */
export function createSharedPace(
  wanted: Pick<PaceOptions, 'budget' | 'onChange'>,
  board: PaceBoard | null,
  { nowMs, monotonicMs }: Clocks = CLOCKS,
): Pace {
  const options = { ...wanted, monotonicMs };
  if (board === null) return createPace(options);
  let heardMs = Number.NEGATIVE_INFINITY;
  let latestMs = 0;

  const tell = ({ perSecond, agoMs, holdMs, beforePerSecond }: Cut): void => {
    latestMs = nowMs() - agoMs;
    const word = { perSecond, atMs: latestMs, holdUntilMs: nowMs() + holdMs, beforePerSecond };
    board.write(JSON.stringify(word)).catch(() => {});
  };
  const pace = createPace({ ...options, onCut: tell });

  const hear = (text: string | null): void => {
    const word = Word.safeParse(parseJson(text ?? '')).data;
    if (word === undefined || word.atMs <= latestMs) return;
    const agoMs = Math.max(0, nowMs() - word.atMs);
    if (agoMs > OUTDATED_MS) return;
    latestMs = word.atMs;
    const holdMs = Math.min(Math.max(0, word.holdUntilMs - nowMs()), LONGEST_HOLD_MS);
    const { perSecond, beforePerSecond = perSecond } = word;
    pace.follow({ perSecond, agoMs, holdMs, beforePerSecond });
  };
  const listen = (): void => {
    if (Math.abs(nowMs() - heardMs) < LISTEN_MS) return;
    heardMs = nowMs();
    board.read().then(hear, () => {});
  };

  return {
    ...pace,
    sent(request) {
      listen();
      return pace.sent(request);
    },
  };
}
