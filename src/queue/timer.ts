/**
 * Does the work every `ms` until the function it returns is called. Never twice at once: a round that falls due while
 * one is in hand is left out. Does not keep the process alive.
 */
export function repeatEvery(
  ms: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => void {
  let isBusy = false;
  const round = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      await work();
    } catch (error) {
      onError(error);
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void round(), ms).unref();
  return () => clearInterval(timer);
}
