import type { IncomingHttpHeaders } from 'node:http';

/** The fake products; `iam` only signs callers in. */
export const SERVICE_NAMES = [
  'iam',
  'ims',
  'swr',
  'uhub',
  'oci',
  'swr-registry',
  'uhub-registry',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** One request as it came off the socket; `rawTarget` is kept because signatures are made over it. */
export interface Incoming {
  readonly method: string;
  readonly rawTarget: string;
  /** Decoded path segments; `null` when the percent-encoding is malformed. */
  readonly segments: readonly string[] | null;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly requestId: string;
}

/** What goes back; `code` is the provider's error code when the request was refused. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
  readonly code: string | null;
  /** Names the request was carried out for; absent: all of them when it was not refused, else none. */
  readonly written?: ReadonlySet<string>;
}

/** A refusal before it takes the shape of one service's error bodies. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Who is asking; `projectId` is `null` for an account-wide token. */
export interface Caller {
  readonly projectId: string | null;
}

/** Ways a listing may lie, and a batch may stop half-way. */
export type Distortion = 'cursor-loop' | 'total-mismatch' | 'null-tags' | 'partial';

/** What `run` needs besides the request itself. */
export interface RunContext {
  readonly caller: Caller;
  readonly distortion: Distortion | null;
}

/** One name a mutating request wants to change, as the journal records it. */
export interface WriteItem {
  readonly operation: 'add' | 'delete' | 'copy' | 'delete-image';
  /** Tag name, digest or key; `null` for a whole image or an unreadable body. */
  readonly key: string | null;
  readonly value: string | null;
  /** Source tag of a copy. */
  readonly from: string | null;
}

/** A routed request: what it means, and how to execute it. */
export interface Call {
  readonly operation: string;
  /** Image id, `namespace/repository` or `repo/image`; empty when the request names none. */
  readonly target: string;
  /** Empty for reads. */
  readonly writes: readonly WriteItem[];
  /** Current value of a name at the target, for the journal's before and after. */
  readonly read: (key: string) => string | null;
  readonly run: (context: RunContext) => Reply;
}

export type Authentication =
  | { readonly type: 'caller'; readonly caller: Caller }
  | { readonly type: 'refused'; readonly reply: Reply };

/** One fake product behind one port. */
export interface Service {
  readonly name: ServiceName;
  readonly route: (incoming: Incoming) => Call;
  readonly authenticate: (incoming: Incoming) => Authentication;
  /** Renders a refusal as this service would. */
  readonly refuse: (refusal: Refusal, incoming: Incoming) => Reply;
}

/** A reply with a JSON body. */
export function renderJson(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    code: null,
  };
}

/** A reply without a body. */
export function renderEmpty(status: number): Reply {
  return { status, headers: {}, body: null, code: null };
}

/** First value of a query parameter, `null` when it is absent. */
export function readQuery(incoming: Incoming, name: string): string | null {
  return incoming.query.find(([found]) => found === name)?.[1] ?? null;
}

/** A header as one string, `null` when absent. */
export function readHeader(incoming: Incoming, name: string): string | null {
  const value = incoming.headers[name];
  return value === undefined ? null : Array.isArray(value) ? value.join(',') : value;
}

/** A JSON body, or `undefined` when it is not JSON. */
export function parseBody(incoming: Incoming): unknown {
  try {
    return JSON.parse(incoming.body.toString('utf8'));
  } catch {
    return undefined;
  }
}
