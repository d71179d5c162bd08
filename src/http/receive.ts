import type { Dispatcher } from 'undici';

/** An answer that was read whole. */
export interface Received {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Sends a request and reads its answer whole. Not by undici's request(), whose stream and listeners for a signal of its own
 * cost a tenth of a pass that finds nothing to do. `hold` is given the function that breaks the request off.
 */
export async function receive(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  hold: (abort: (reason: Error) => void) => void,
): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const chunks: Buffer[] = [];
  let status = 0;
  let headers: Received['headers'] = {};
  let controller: Dispatcher.DispatchController | null = null;
  let broken: Error | null = null;
  hold((reason) => {
    broken ??= reason;
    // One that still waits for a connection is given up now, and not sent when there is one.
    if (controller === null) reject(reason);
    else controller.abort(reason);
  });
  dispatcher.dispatch(options, {
    onRequestStart(started) {
      controller = started;
      if (broken !== null) started.abort(broken);
    },
    onResponseStart(_controller, statusCode, received) {
      // Another head follows one that only informs.
      if (statusCode < 200) return;
      status = statusCode;
      headers = flattenHeaders(received);
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk);
    },
    onResponseEnd() {
      const [first = Buffer.alloc(0)] = chunks;
      resolve({ status, headers, body: chunks.length > 1 ? Buffer.concat(chunks) : first });
    },
    onResponseError(_controller, error) {
      reject(error);
    },
  });
  return await promise;
}

/** One text for each name, in lower case. */
export function flattenHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  // Any name may come, so it has no prototype to stumble over.
  const flat: Record<string, string> = Object.create(null);
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return flat;
}

/** As the Fetch standard reads text: UTF-8, a byte order mark in front left out. */
export function textOf(body: Buffer): string {
  const hasMark = body.length > 2 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return body.toString('utf8', hasMark ? 3 : 0);
}
