import type { ApplyOptions } from '../apply/options.ts';
import type { RunHeader } from '../model/history.ts';
import type { Operation } from '../model/plan.ts';
import type { Store } from '../store/store.ts';

/** Writes down what a pass is about to write and what came of it. */
export interface Recorder extends Required<Pick<ApplyOptions, 'onIntent' | 'onOutcome'>> {
  /** The run that was written last; null: nothing was written. */
  readonly runId: () => string | null;
  /** Closes the run; nothing to do when nothing was written. */
  end(): Promise<void>;
}

export interface RecorderOptions {
  readonly store: Pick<Store, 'intend' | 'settle' | 'endRun'>;
  readonly pass: Pick<RunHeader, 'target' | 'cause' | 'correlationId' | 'revision'>;
  readonly newId: () => string;
  readonly now: () => Date;
}

interface Entry {
  readonly runId: string;
  readonly seq: number;
  applied: boolean;
}

/**
 * One run for each plan that writes: a pass that plans anew under way leaves two, so every write stands in the plan
 * its run names. A pass that writes nothing leaves none.
 */
export function createRecorder({ store, pass, newId, now }: RecorderOptions): Recorder {
  const entries = new Map<Operation, Entry>();
  let run: RunHeader | null = null;
  let nextSeq = 0;
  const end = async (): Promise<void> => {
    if (run !== null) await store.endRun(run.id, now());
  };
  return {
    runId: () => run?.id ?? null,
    end,
    async onIntent(operation, plan) {
      if (run?.planDigest !== plan.digest) {
        await end();
        run = { id: newId(), ...pass, startedAt: now(), planDigest: plan.digest };
        nextSeq = 0;
      }
      const seq = nextSeq;
      nextSeq += 1;
      await store.intend(run, seq, operation, now());
      entries.set(operation, { runId: run.id, seq, applied: false });
    },
    async onOutcome(operation, outcome) {
      const entry = entries.get(operation);
      // What was never begun is no part of a run. A delete that is undone stays a delete: the add that undid it follows.
      if (entry === undefined || entry.applied) return;
      await store.settle(entry.runId, entry.seq, outcome);
      entry.applied = outcome.status === 'applied';
    },
  };
}
