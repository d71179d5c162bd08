import type { RunHeader } from '../model/history.ts';
import { SILENT } from '../queue/log.ts';
import type { Store } from '../store/store.ts';
import { createRecorder, type Recorder } from './history.ts';

/** Where a command that writes keeps its runs, beside those of the service. */
export interface RunBook {
  /** A recorder for one pass, which never fails: what cannot be kept is told to `onLost`, once. */
  recorder(pass: Pick<RunHeader, 'target' | 'correlationId' | 'revision'>): Recorder;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RunBookOptions {
  /** Of the queue. An embedded one belongs to one process, so it is left alone. */
  readonly url: string;
  readonly onLost: (error: unknown) => void;
  readonly newId: () => string;
  readonly now: () => Date;
}

type Runs = Pick<Store, 'intend' | 'settle' | 'endRun'>;

const CONNECT_TIMEOUT_MS = 2_000;

/** Connects with the first write. A person at a command line is not held by a store that is away. */
export function createRunBook({ url, onLost, newId, now }: RunBookOptions): RunBook {
  const opened = new AsyncDisposableStack();
  let opening: Promise<Store> | null = null;
  let isLost = url.startsWith('embedded:');
  const open = async (): Promise<Store> => {
    // Loaded here: who writes nothing needs none of it.
    const { openStorage } = await import('../queue/backend.ts');
    const { openStore } = await import('../store/open.ts');
    const options = { log: SILENT, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    const { storage, close } = await openStorage(url, options);
    opened.defer(close);
    return await openStore(storage);
  };
  const keep = async (work: (store: Runs) => Promise<void>): Promise<void> => {
    if (isLost) return;
    try {
      opening ??= open();
      await work(await opening);
    } catch (error) {
      // Writes of several targets may fail at once. What follows would only wait for the same answer.
      if (!isLost) onLost(error);
      isLost = true;
    }
  };
  const store: Runs = {
    intend: async (...facts) => await keep(async (runs) => await runs.intend(...facts)),
    settle: async (...facts) => await keep(async (runs) => await runs.settle(...facts)),
    endRun: async (...facts) => await keep(async (runs) => await runs.endRun(...facts)),
  };
  return {
    recorder: (pass) => createRecorder({ store, pass: { ...pass, cause: 'manual' }, newId, now }),
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}
