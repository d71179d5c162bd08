import type { ServiceName, WriteItem } from './exchange.ts';

/** One name in one mutating request, executed or not. A batch makes one entry a key. */
export interface JournalEntry extends WriteItem {
  readonly seq: number;
  /** Milliseconds since the epoch, by the simulator's clock. */
  readonly at: number;
  readonly service: ServiceName;
  readonly target: string;
  readonly before: string | null;
  readonly after: string | null;
  /** HTTP status sent; `null` when the caller got no answer. */
  readonly status: number | null;
  /** Provider error code of a refusal. */
  readonly code: string | null;
  /** True when the fake cloud carried the request out, whatever the caller was told. */
  readonly executed: boolean;
  readonly fault: string | null;
  readonly requestId: string;
}

/** Every mutating request in arrival order: the truth a worker's report is compared with. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  readonly executed: () => JournalEntry[];
  readonly record: (entry: Omit<JournalEntry, 'seq'>) => void;
  readonly reset: () => void;
}

/** An empty journal. */
export function createJournal(): Journal {
  const entries: JournalEntry[] = [];
  let lastSeq = 0;
  return {
    entries,
    executed: () => entries.filter((entry) => entry.executed),
    record: (entry) => {
      lastSeq += 1;
      entries.push({ seq: lastSeq, ...entry });
    },
    reset: () => {
      entries.length = 0;
    },
  };
}
