import { targetKey } from '../model/target.ts';
import { ask } from './ask.ts';
import { gather } from './gather.ts';
import { quote } from './place.ts';
import type { FinishedPass, Store } from './store.ts';

/** Which of two counts: the one that is told, or of two passes the later one. */
export type Wins = 'always' | 'unless passed later';

/** How one store keeps what became of targets. */
export interface Finishing {
  /** In one call, at most. */
  readonly most: number;
  /** In one round trip, of different targets. */
  readonly write: (passes: readonly FinishedPass[], wins: Wins) => Promise<unknown>;
}

/** What became of targets, kept many at a time, whatever keeps them. */
export function createFinish({ most, write }: Finishing): Pick<Store, 'finish' | 'finishAll'> {
  const finish = gather<FinishedPass, null>({
    what: ({ record }) => `keep the pass over ${quote(record.target)}`,
    keyOf: keyOfPass,
    most,
    call: async (passes) => {
      await write(passes, 'always');
      return passes.map(() => null);
    },
  });
  return {
    async finish(record, dueAt, standing = null) {
      await finish({ record, dueAt, standing });
    },
    async finishAll(passes) {
      const told = lastOfEach(passes);
      for (let at = 0; at < told.length; at += most) {
        const some = told.slice(at, at + most);
        const keep = async () => await write(some, 'unless passed later');
        await ask('keep what became of targets', keep);
      }
    },
  };
}

/** One of each target, the one that was given last: a statement cannot change a row twice. */
function lastOfEach(passes: readonly FinishedPass[]): readonly FinishedPass[] {
  const byKey = new Map(passes.map((pass) => [keyOfPass(pass), pass]));
  return byKey.size === passes.length ? passes : [...byKey.values()];
}

function keyOfPass({ record }: FinishedPass): string {
  return targetKey(record.target);
}
