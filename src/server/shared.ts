/** The work, once at a time: who asks while it runs gets its answer, so that asking often costs no more. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return async () => {
    running ??= work().finally(() => {
      running = null;
    });
    return await running;
  };
}
