/** One call to a cloud API, before authorization. */
export interface ApiRequest {
  /** Name of the call in the cloud's own documentation, for messages and metrics: `ListImageTags`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** Raw path segments; encoded once for the wire and once for the signature from the same text. */
  readonly segments: readonly string[];
  readonly query?: readonly (readonly [name: string, value: string])[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The exact text that is sent and signed; null: no body. */
  readonly body?: string | null;
  /** The body as bytes that are no text, in place of `body`. */
  readonly bytes?: Uint8Array;
  /** Path and query exactly as the server gave them, in place of `segments` and `query`. */
  readonly rawTarget?: string;
  /** The answer is wanted as bytes: text would lose what is not UTF-8. */
  readonly wantsBytes?: boolean;
  /** A success is wanted as it comes, of any length; the time allowed holds for its head and for each pause in it. */
  readonly wantsStream?: boolean;
  /** What the call needs, such as `repository:shop/web:pull`, for wires that ask for tokens by scope. */
  readonly scopes?: readonly string[];
  /** The call may be repeated blindly after a lost reply. */
  readonly idempotent: boolean;
  /**
   * For a call that is not idempotent: asked before each repeat, and once more when the last attempt may have run.
   * True: the effect is there, stop. False: not executed and still wanted, the call may be repeated.
   */
  readonly settled?: (signal: AbortSignal) => Promise<boolean>;
  /**
   * Throws when the call must not be made any more. Asked of every attempt when it has its slot, and once more when its
   * first byte goes out next; what it throws is thrown, and nothing is sent.
   */
  readonly lastCheck?: () => void;
}

/** What came back; any status. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** A success as it was received, for a request that wants bytes; `text` is empty then. */
  readonly bytes?: Uint8Array;
  /** A success for a request that wants a stream. It must be read, or its reading ended: it holds a connection. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Requests it took, the first included. */
  readonly attempts: number;
}

/** How a response is to be taken. */
export type Classification =
  /** Hand it to the caller, whatever its status. */
  | { readonly type: 'answer' }
  /** Not executed; ask again later without fear. */
  | { readonly type: 'throttled'; readonly retryAfterMs: number | null }
  /** May have been executed; repeated only when idempotent or settled. */
  | { readonly type: 'fault'; readonly detail: string }
  /** The credential has expired; renew it once and repeat. Not executed. */
  | { readonly type: 'expired' }
  /** The credential is wrong. Never repeated: the client throws PROVIDER_AUTH and asks nothing more for a while. */
  | { readonly type: 'rejected'; readonly detail: string };

/** How one cloud signs requests and words its failures. */
export interface Wire {
  /** Returns the request as it goes out: final query, headers and body. Called anew for every attempt. */
  authorize(request: ApiRequest, context: WireContext): Promise<ApiRequest> | ApiRequest;
  classify(response: ApiResponse, request: ApiRequest): Classification;
  /**
   * Forgets the credential that `refused` (the request as it went out) was sent with; false: there is nothing to
   * renew. A newer credential that another call fetched meanwhile stays.
   */
  renew(refused: ApiRequest): boolean;
}

export interface WireContext {
  /** Host header as it will be sent, port included when not the scheme's own. */
  readonly host: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Sends within the account's budget, with timeouts and retries. */
export interface HttpClient {
  /**
   * Resolves with an answer; throws PROVIDER_UNAVAILABLE, PROVIDER_DOWN, PROVIDER_THROTTLED, PROVIDER_AUTH or CANCELLED,
   * and whatever the last check of the request throws.
   * Resolves with null when a non-idempotent call was found settled after a lost reply.
   */
  send(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse | null>;
  close(): Promise<void>;
}
