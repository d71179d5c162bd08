/**
 * The work, one round after the other. Who asks while a round runs gets one that begins after it; all who ask
 * meanwhile share that one.
 */
export function inTurns<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let waiting: Promise<T> | null = null;
  const begin = async (): Promise<T> => {
    await running.catch(() => undefined);
    waiting = null;
    const round = work();
    running = round;
    return await round;
  };
  return async () => {
    waiting ??= begin();
    return await waiting;
  };
}
