import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import type { ApiResponse } from './request.ts';

/** What an error body says, whichever of the clouds' shapes it has. */
export interface ApiError {
  readonly code: string;
  readonly message: string | null;
}

const CODE_KEYS = ['error_code', 'errorCode', 'code'] as const;
const MESSAGE_KEYS = ['error_msg', 'errorMessage', 'message', 'title'] as const;
const MAX_ERROR_LENGTH = 64 * 1024;

/**
 * Reads wrapped (`error.code`), flat and gateway (`error_code`), SWR (`errors[0]`, bare array) and XML error bodies.
 * Null: no code could be found. The message is for decisions only, it never goes into our own messages.
 */
export function parseApiError(text: string): ApiError | null {
  const body = text.slice(0, MAX_ERROR_LENGTH).trim();
  if (body.startsWith('<')) return parseXmlError(body);
  try {
    return readError(JSON.parse(body));
  } catch {
    return null;
  }
}

function readError(value: unknown): ApiError | null {
  if (Array.isArray(value)) return readError(value[0]);
  if (!isRecord(value)) return null;
  const code = readText(value, CODE_KEYS);
  if (code !== null) return { code, message: readText(value, MESSAGE_KEYS) };
  return (
    readError(value['error']) ??
    (Array.isArray(value['errors']) ? readError(value['errors'][0]) : null)
  );
}

function readText(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): string | null {
  for (const key of keys) {
    const value = record[key];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return null;
}

// The OpenStack-native endpoints answer permission errors in XML; a whole parser would be read for two fields.
function parseXmlError(xml: string): ApiError | null {
  const code =
    /<(?:code|error_code)>\s*([^<\s]+)\s*</i.exec(xml)?.[1] ?? /\scode="([^"]+)"/.exec(xml)?.[1];
  if (code === undefined) return null;
  return { code, message: /<(?:message|error_msg)>([^<]*)</i.exec(xml)?.[1]?.trim() ?? null };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Where an answer came from, for the message. */
export interface AnswerSource {
  readonly account: string;
  readonly operation: string;
  /** What was asked about, such as the target key. */
  readonly subject: string;
}

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'PROVIDER_AUTH',
  403: 'PROVIDER_FORBIDDEN',
  404: 'PROVIDER_NOT_FOUND',
  409: 'PROVIDER_CONFLICT',
  412: 'PROVIDER_CONFLICT',
};

/** The error for an answer that is a refusal; the code follows the status unless the adapter knows better. */
export function refusedAnswer(
  source: AnswerSource,
  response: ApiResponse,
  code: ErrorCode = CODE_BY_STATUS[response.status] ?? 'PROVIDER_REJECTED',
): ReconcileError {
  return new ReconcileError(
    code,
    `Cannot call ${source.operation} for "${source.subject}" with account "${source.account}": the provider answered ${describeAnswer(response)}, success was wanted`,
  );
}

/** Status, provider code and request id of a response: all of it that may appear in a message. */
export function describeAnswer(response: Pick<ApiResponse, 'status' | 'headers' | 'text'>): string {
  const code = response.status < 400 ? null : safeToken(parseApiError(response.text)?.code);
  const requestId = safeToken(
    response.headers['x-request-id'] ?? response.headers['x-ucloud-request-uuid'],
  );
  return [
    `status ${response.status}`,
    ...(code === null ? [] : [code]),
    ...(requestId === null ? [] : [`request ${requestId}`]),
  ].join(' ');
}

// Codes and ids come from outside: anything that is not a plain token stays out of messages.
function safeToken(text: string | undefined): string | null {
  return text !== undefined && /^[\w.:-]{1,80}$/.test(text) ? text : null;
}
