/** The answer, or an error after `ms`: without a server behind it a command may wait for ever. */
export function withDeadline<T>(answer: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(fail, ms, reject, ms);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function fail(reject: (error: Error) => void, ms: number): void {
  reject(new Error(`no answer within ${ms / 1_000} s`));
}
