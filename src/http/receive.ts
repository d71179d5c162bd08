import type { Dispatcher } from 'undici';

const NO_HEADERS: Received['headers'] = {};

/** An answer that was read whole. */
export interface Received {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Reads one answer whole, and can break its request off. Not by undici's request(), whose stream and listeners for a signal
 * of its own cost a tenth of a pass that finds nothing to do.
 */
export class Reception implements Dispatcher.DispatchHandler {
  readonly received: Promise<Received>;
  readonly #settled: PromiseWithResolvers<Received>;
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #headers: Received['headers'] = NO_HEADERS;
  #controller: Dispatcher.DispatchController | null = null;
  #broken: Error | null = null;

  constructor() {
    this.#settled = Promise.withResolvers();
    this.received = this.#settled.promise;
  }

  /** Ends with `reason`, at the latest when the request is there. */
  abort(reason: Error): void {
    this.#broken ??= reason;
    // One that still waits for a connection is given up now, and not sent when there is one.
    if (this.#controller === null) this.#settled.reject(reason);
    else this.#controller.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#broken !== null) controller.abort(this.#broken);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // Another head follows one that only informs.
    if (status < 200) return;
    this.#status = status;
    this.#headers = flattenHeaders(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first = Buffer.alloc(0)] = this.#chunks;
    const body = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    this.#settled.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settled.reject(error);
  }
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
