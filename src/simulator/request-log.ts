import type { ServiceName } from './exchange.ts';

const MAX_LIST = 100_000;

/** One request, read or write. */
export interface RequestEntry {
  readonly service: ServiceName;
  readonly operation: string;
  readonly target: string;
  /** HTTP status sent; `null` when the caller got no answer. */
  readonly status: number | null;
  readonly code: string | null;
  /** Milliseconds since the epoch, by the simulator's clock. */
  readonly at: number;
  readonly fault: string | null;
  readonly userAgent: string | null;
  /** The caller's own `X-Request-Id` header. */
  readonly correlationId: string | null;
  readonly requestId: string;
}

/** Counts of every request since start or `reset`, and the latest requests themselves. */
export interface RequestLog {
  readonly total: number;
  /** Counts keyed `service.operation`, such as `ims.ListImageTags`. */
  readonly byOperation: Readonly<Record<string, number>>;
  /** The latest requests, at least the last 100,000. */
  readonly list: readonly RequestEntry[];
  readonly count: (service: ServiceName, operation?: string) => number;
  readonly record: (entry: RequestEntry) => void;
  readonly reset: () => void;
}

/** An empty log. */
export function createRequestLog(): RequestLog {
  const list: RequestEntry[] = [];
  const counts = new Map<string, number>();
  const sum = (prefix: string): number =>
    [...counts].reduce((total, [key, count]) => total + (key.startsWith(prefix) ? count : 0), 0);

  return {
    get total() {
      return sum('');
    },
    get byOperation() {
      return Object.fromEntries(counts);
    },
    list,
    count: (service, operation) =>
      operation === undefined ? sum(`${service}.`) : (counts.get(`${service}.${operation}`) ?? 0),
    record: (entry) => {
      const key = `${entry.service}.${entry.operation}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      list.push(entry);
      if (list.length >= MAX_LIST * 2) list.splice(0, MAX_LIST);
    },
    reset: () => {
      list.length = 0;
      counts.clear();
    },
  };
}
