/** Shares one run among all who ask while it lasts; it is aborted only when nobody waits for it any more. */
export function createSingleFlight<T>(
  run: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let flight: {
    readonly result: Promise<T>;
    readonly stop: AbortController;
    waiting: number;
  } | null = null;

  return async (signal) => {
    signal.throwIfAborted();
    if (flight === null) {
      const stop = new AbortController();
      const result = run(stop.signal).finally(() => {
        if (flight?.stop === stop) flight = null;
      });
      flight = { result, stop, waiting: 0 };
    }
    const mine = flight;
    mine.waiting += 1;
    try {
      return await raceAbort(mine.result, signal);
    } finally {
      mine.waiting -= 1;
      if (mine.waiting === 0) {
        mine.stop.abort();
        if (flight === mine) flight = null;
      }
    }
  };
}

async function raceAbort<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const leave = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([result, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
