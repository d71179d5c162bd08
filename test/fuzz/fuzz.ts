import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { ReconcileError } from '../../src/model/errors.ts';
import { mutated } from './mutate.ts';

/** Something that reads what strangers wrote. */
export interface Parser {
  /** Parses one input: returns, or throws a ReconcileError that says what is wrong with it. */
  readonly parse: (text: string) => unknown;
  /** Longest processor time of one input. Default: 100 ms. */
  readonly limitMs?: number;
}

export interface FuzzResult {
  readonly inputs: number;
  /** Inputs that were understood: without any, the parser behind the first check was never reached. */
  readonly accepted: number;
  readonly slowestMs: number;
}

export interface FuzzOptions {
  readonly ms: number;
  readonly seed: number;
}

const LIMIT_MS = 100;
const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));

/** Inputs to start from, and those that broke something once. */
export function corpusOf(name: string): readonly string[] {
  const folder = `${CORPUS}${name}/`;
  const files = readdirSync(folder).toSorted();
  return files.map((file) => readFileSync(`${folder}${file}`, 'utf8'));
}

/**
 * Feeds a parser for `ms` milliseconds, the corpus as it stands first. Rejects with the smallest input that made it
 * throw anything but a ReconcileError, change Object.prototype, or take too long, and with the seed that replays it.
 */
export async function fuzz(
  parser: Parser,
  corpus: readonly string[],
  { ms, seed }: FuzzOptions,
): Promise<FuzzResult> {
  const tally = { inputs: 0, accepted: 0, slowestMs: 0 };
  const check = async (text: string): Promise<void> => {
    tally.inputs += 1;
    const usedMs = await judge(parser, text, () => void (tally.accepted += 1));
    tally.slowestMs = Math.max(tally.slowestMs, usedMs);
  };
  for (const text of corpus) await check(text);
  await fc.assert(fc.asyncProperty(mutated(corpus), check), {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: ms,
    markInterruptAsFailure: false,
  });
  return tally;
}

/** Milliseconds of processor time one input took: other work on the machine does not count. */
async function judge(
  { parse, limitMs = LIMIT_MS }: Parser,
  text: string,
  onAccepted: () => void,
): Promise<number> {
  const usedMs = await timed(async () => {
    try {
      await parse(text);
      onAccepted();
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error;
      if (error.message.includes('[object Object]') || error.message.includes('undefined'))
        throw new Error(`unhelpful message: ${error.message}`, { cause: error });
    }
  });
  if (Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype was changed');
  if (usedMs <= limitMs) return usedMs;
  // A collection of garbage may have hit this input: only one that is slow three times is.
  const again = [await timed(() => tryOnce(parse, text)), await timed(() => tryOnce(parse, text))];
  const least = Math.min(usedMs, ...again);
  if (least > limitMs) throw new Error(`took ${least.toFixed(0)} ms of at most ${limitMs} ms`);
  return least;
}

async function tryOnce(parse: Parser['parse'], text: string): Promise<void> {
  try {
    await parse(text);
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  // Of this thread alone: the compiler and the collector work beside it, and more so while coverage is measured.
  const before = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
