import type { z } from 'zod';
import { describeAnswer, parseApiError, refusedAnswer } from '../../http/huawei-error.ts';
import type { OffsetPage, OffsetPosition } from '../../http/offset-walk.ts';
import type { ApiRequest, ApiResponse, HttpClient } from '../../http/request.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Registry } from '../../registry/registry.ts';

/** What every call of one account needs. */
export interface SwrContext {
  readonly http: HttpClient;
  readonly account: string;
  /** Tells the digests that a listing lacks; null: such a listing is an error. */
  readonly registry: Registry | null;
}

/** A GET of the management API. */
export interface SwrQuery {
  readonly operation: string;
  /** What is asked about, for messages. */
  readonly subject: string;
  readonly segments: readonly string[];
  readonly query?: readonly (readonly [name: string, value: string])[];
}

// SWR error codes: version, tag or manifest not found, as against image, organization or URL not found.
const TAG_MISSING: ReadonlySet<string> = new Set([
  'SVCSTG.SWR.4040048',
  'SVCSTG.SWR.4040115',
  'SVCSTG.SWR.4041056',
  'SVCSTG.SWR.4041057',
  'SVCSTG.SWR.4041060',
]);

/** Sends a GET; resolves with a success, throws the error that a refusal stands for. */
export async function sendQuery(
  { http, account }: SwrContext,
  { operation, subject, segments, query = [] }: SwrQuery,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const request: ApiRequest = { operation, method: 'GET', segments, query, idempotent: true };
  const response = await http.send(request, signal);
  if (response !== null && isSuccess(response)) return response;
  throw refuse({ account, operation, subject }, response);
}

/** One page of a bare v2 array. `Content-Range` reads `offset-count/total`; only what follows the slash is trusted. */
export async function fetchPage<Row>(
  context: SwrContext,
  { rows, ...query }: SwrQuery & { readonly rows: z.ZodType<Row[]> },
  at: OffsetPosition,
  signal: AbortSignal,
): Promise<OffsetPage<Row>> {
  const paging = [
    ['limit', String(at.limit)],
    ['offset', String(at.offset)],
  ] as const;
  const page = { ...query, query: [...paging, ...(query.query ?? [])] };
  const response = await sendQuery(context, page, signal);
  const total = /\/(\d+)\s*$/.exec(response.headers['content-range'] ?? '')?.[1];
  return {
    rows: parseBody(rows, response, query),
    total: total === undefined ? null : Number(total),
  };
}

/** Parses a body; throws PROVIDER_UNAVAILABLE for text that is not JSON, LISTING_INCOMPLETE for another shape. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  response: ApiResponse,
  { operation, subject }: Pick<SwrQuery, 'operation' | 'subject'>,
): z.infer<Schema> {
  const parsed = schema.safeParse(parseJson(response, { operation, subject }));
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot read the answer of ${operation} "${subject}": field "${place}" is missing or malformed, the documented shape was wanted`,
    { cause: parsed.error },
  );
}

/** True when the answer names a missing tag, so the repository is there. */
export function saysTagMissing(response: ApiResponse): boolean {
  return response.status === 404 && TAG_MISSING.has(parseApiError(response.text)?.code ?? '');
}

/** True for 2xx. */
export function isSuccess(response: ApiResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

/** The error of an answer, or of a write whose settlement says nothing (`null`). */
export function refuse(
  source: { readonly account: string; readonly operation: string; readonly subject: string },
  response: ApiResponse | null,
): ReconcileError {
  if (response !== null) return refusedAnswer(source, response);
  return new ReconcileError(
    'INTERNAL',
    `Cannot call ${source.operation} for "${source.subject}": the call was settled without an answer, one was wanted`,
  );
}

function parseJson(
  response: ApiResponse,
  { operation, subject }: Pick<SwrQuery, 'operation' | 'subject'>,
): unknown {
  try {
    return JSON.parse(response.text);
  } catch (error) {
    throw new ReconcileError(
      'PROVIDER_UNAVAILABLE',
      `Cannot read the answer of ${operation} "${subject}": ${describeAnswer(response)} with a body that is no JSON, JSON was wanted`,
      { cause: error },
    );
  }
}
