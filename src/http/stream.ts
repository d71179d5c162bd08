import { ReconcileError } from '../model/errors.ts';
import { codeOfFailure } from './failure-code.ts';
import type { ApiRequest } from './request.ts';

/** The body as it comes. A break throws PROVIDER_UNAVAILABLE: whoever reads knows how far it came, and may ask for the rest. */
export async function* readStream(
  body: AsyncIterable<Uint8Array>,
  { operation }: Pick<ApiRequest, 'operation'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    if (signal.aborted) {
      throw new ReconcileError(
        'CANCELLED',
        `Cannot go on reading the answer of ${operation}: the run was cancelled, time to finish was wanted`,
        { cause },
      );
    }
    throw new ReconcileError(
      'PROVIDER_UNAVAILABLE',
      `Cannot go on reading the answer of ${operation}: it broke off with ${codeOfFailure(cause)}, its end was wanted`,
      { cause },
    );
  }
}
