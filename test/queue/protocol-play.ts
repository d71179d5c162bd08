import fc from 'fast-check';
import { openProtocolBench, type Place } from './protocol-bench.ts';
import { type Sequence, sequences } from './protocol-commands.ts';
import type { Ledger } from './protocol-ledger.ts';
import { pause, until } from './support.ts';

const SPREAD_MS = 500;

/** Sequences for targets of the account that is never throttled, and of the one that is now and then. */
export interface Case {
  readonly calm: readonly Sequence[];
  readonly throttled: readonly Sequence[];
}

export function cases(calm: number, throttled: number): fc.Arbitrary<Case> {
  return fc.record({
    calm: fc.array(sequences('calm'), { minLength: calm, maxLength: calm }),
    throttled: fc.array(sequences('throttled'), { minLength: throttled, maxLength: throttled }),
  });
}

/** All sequences side by side, each on a target of its own. Throws what one of them was not to see, with its history. */
export async function play(place: Place, { calm, throttled }: Case): Promise<number> {
  const bench = await openProtocolBench(place);
  const playOne = async (kind: keyof Case, sequence: Sequence): Promise<Ledger> => {
    const ledger = bench.addTarget(kind);
    // Not all in one instant: then most of the time would be spent in one long queue of commands.
    await pause(Math.random() * SPREAD_MS);
    await fc.asyncModelRun(() => ({ model: ledger, real: bench }), sequence);
    await ledger.settle();
    return ledger;
  };
  try {
    const ledgers = await Promise.all([
      ...calm.map(async (sequence) => await playOne('calm', sequence)),
      ...throttled.map(async (sequence) => await playOne('throttled', sequence)),
    ]);
    refuse(ledgers.find(({ violations }) => violations.length > 0));
    await until('empty queues', async () => (await bench.left()) === 0);
    refuse(ledgers.find((ledger) => ledger.violations.length > 0 || ledger.expectsRun()));
    return ledgers.length;
  } finally {
    await bench.close();
  }
}

function refuse(ledger: Ledger | undefined): void {
  if (ledger) throw new Error(`${ledger.violations.join('; ')}\n${ledger.history()}`);
}
