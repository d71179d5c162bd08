import type { z } from 'zod';
import { describeAnswer } from '../../http/huawei-error.ts';
import type { OffsetPage, OffsetWalk } from '../../http/offset-walk.ts';
import type { ApiRequest, ApiResponse, HttpClient } from '../../http/request.ts';
import { type ErrorCode, ReconcileError } from '../../model/errors.ts';
import { classifyRetCode, ERROR_BY_CLASS, RetCodeError, readRetCode } from './ret-code.ts';

/** What every call of one account needs. */
export interface UhubContext {
  readonly http: HttpClient;
  readonly account: string;
}

/** One action; the wire adds key, project and signature. */
export interface UhubAction {
  readonly action: 'GetRepo' | 'GetRepoImage' | 'GetImageTag' | 'DeleteRepoImage';
  /** What is asked about, for messages. */
  readonly subject: string;
  readonly params: readonly (readonly [name: string, value: string])[];
}

/** True for a refusal by a number only the product knows; "not found" is among them. */
export function isProductRefusal(error: unknown): boolean {
  if (!(error instanceof ReconcileError) || !(error.cause instanceof RetCodeError)) return false;
  return classifyRetCode(error.cause.retCode) === 'product';
}

/** The request of an action. UHub has one address for all of them. */
export function toRequest(
  { action, params }: UhubAction,
  repetition: Pick<ApiRequest, 'idempotent' | 'settled' | 'lastCheck'>,
): ApiRequest {
  return { operation: action, method: 'POST', segments: [], query: params, ...repetition };
}

/** Null when the answer is a success, else the error it stands for. */
export function toError(
  { account }: UhubContext,
  { action, subject }: UhubAction,
  response: ApiResponse,
): ReconcileError | null {
  const retCode = readRetCode(response.text);
  if (response.status < 300 && retCode === 0) return null;
  const detail = retCode === null ? describeAnswer(response) : `RetCode ${retCode}`;
  const message = `Cannot call ${action} for "${subject}" with account "${account}": the provider answered ${detail}, RetCode 0 was wanted`;
  return retCode === null
    ? new ReconcileError(codeOf(response.status), message)
    : new ReconcileError(ERROR_BY_CLASS[classifyRetCode(retCode)], message, {
        cause: new RetCodeError(retCode),
      });
}

/** One page of a `Get…` action; throws PROVIDER_FORBIDDEN, PROVIDER_REJECTED, LISTING_INCOMPLETE. */
async function fetchPage<Row>(
  context: UhubContext,
  { action, page }: { readonly action: UhubAction; readonly page: z.ZodType<Page<Row>> },
  signal: AbortSignal,
): Promise<Page<Row>> {
  const response = await context.http.send(toRequest(action, { idempotent: true }), signal);
  const error = response === null ? null : toError(context, action, response);
  if (error !== null) throw error;
  const parsed = page.safeParse(JSON.parse(response?.text ?? ''));
  if (parsed.success) return parsed.data;
  throw new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot read the answer of ${action.action} "${action.subject}": field "${parsed.error.issues[0]?.path.join('.') ?? ''}" is missing or malformed, the documented shape was wanted`,
    { cause: parsed.error },
  );
}

interface Page<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

/** What is walked: an action, the shape of its answer, and how far its TotalCount can be believed. */
export interface UhubWalk<Row> {
  readonly what: string;
  readonly action: UhubAction;
  readonly page: z.ZodType<Page<Row>>;
  readonly agree: (left: Row, right: Row) => boolean;
  /** True: whether TotalCount respects the filter is not documented, so it proves an end but never a gap. */
  readonly filtered: boolean;
}

// The largest Limit is not documented; a smaller cap only means more pages.
const PAGE_SIZE = 100;

/** The walk of a paged action, from Offset 0 until TotalCount rows are there. */
export function toWalk<Row extends { readonly name: string }>(
  context: UhubContext,
  { what, action, page, agree, filtered }: UhubWalk<Row>,
): OffsetWalk<Row> {
  return {
    subject: `${what} of "${action.subject}"`,
    pageSize: PAGE_SIZE,
    aligned: false,
    nameOf: (row) => row.name,
    agree,
    async fetchPage({ offset, limit }, signal): Promise<OffsetPage<Row>> {
      const paging = [
        ['Offset', String(offset)],
        ['Limit', String(limit)],
      ] as const;
      const paged = { ...action, params: [...action.params, ...paging] };
      const { rows, total } = await fetchPage(context, { action: paged, page }, signal);
      return { rows, total: filtered && total !== offset + rows.length ? null : total };
    },
  };
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'PROVIDER_AUTH';
  return status === 403 ? 'PROVIDER_FORBIDDEN' : 'PROVIDER_REJECTED';
}
