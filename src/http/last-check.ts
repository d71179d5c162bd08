import type { Dispatcher } from 'undici';
import type { ApiRequest } from './request.ts';

/** A request that its last check kept back: nothing was sent. Never leaves `http/`: the client throws the cause. */
export class Withheld extends Error {
  override readonly name = 'Withheld';

  constructor(cause: unknown) {
    super('the last check kept the request back', { cause });
  }
}

/** Throws Withheld when the request must not go out any more. */
export function askLastCheck({ lastCheck }: Pick<ApiRequest, 'lastCheck'>): void {
  try {
    lastCheck?.();
  } catch (cause) {
    throw new Withheld(cause);
  }
}

/**
 * The same connections, asking the check of this request when its connection is there and its first byte is written next:
 * a new connection may take seconds, and the process may be frozen in them.
 */
export function withLastCheck(
  dispatcher: Dispatcher,
  request: Pick<ApiRequest, 'lastCheck'>,
): Dispatcher {
  if (request.lastCheck === undefined) return dispatcher;
  return dispatcher.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart(controller, context) {
          askLastCheck(request);
          handler.onRequestStart?.(controller, context);
        },
        onResponseStart: (...answer) => handler.onResponseStart?.(...answer),
        onResponseData: (...chunk) => handler.onResponseData?.(...chunk),
        onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
        onResponseError: (...failure) => handler.onResponseError?.(...failure),
      }),
  );
}
