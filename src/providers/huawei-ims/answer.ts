import type { z } from 'zod';
import { describeAnswer, parseApiError, refusedAnswer } from '../../http/huawei-error.ts';
import type { ApiResponse } from '../../http/request.ts';
import { type ErrorCode, ReconcileError } from '../../model/errors.ts';

/** What an answer was asked for, for messages. */
export interface Question {
  readonly account: string;
  readonly operation: string;
  /** Target key, or what stands for it. */
  readonly subject: string;
}

// The code table lists a missing image under 400, the pages of the tag calls under 404.
const IMAGE_GONE: ReadonlySet<string> = new Set(['IMG.0027', 'IMG.0144']);
// One edition of the code table has "role lacks permission" under 400.
const NO_PERMISSION = 'IMG.0026';
const NOT_OWNER = 'IMG.0047';

/** Resolves a successful answer; throws the error its status and code stand for. */
export function expectSuccess(question: Question, response: ApiResponse | null): ApiResponse {
  if (response === null) throw incomplete(question, 'no answer came');
  if (response.status >= 200 && response.status < 300) return response;
  if (apiCodeOf(response) === NOT_OWNER) throw notOwner(question, response);
  throw refusedAnswer(question, response, codeOf(response) ?? undefined);
}

/** Parses the body of a listing; anything unexpected makes the listing incomplete, never shorter. */
export function parseBody<S extends z.ZodType>(
  schema: S,
  question: Question,
  response: ApiResponse | null,
): z.output<S> {
  const { status, text } = expectSuccess(question, response);
  if (status !== 200) throw incomplete(question, `status ${status} came`);
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw incomplete(question, 'the body is not what the documents describe', cause);
  }
}

/** The error of a listing that cannot be trusted. */
export function incomplete(question: Question, what: string, cause?: unknown): ReconcileError {
  return new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot call ${question.operation} for "${question.subject}" with account "${question.account}": ${what}, a complete listing was wanted`,
    { cause },
  );
}

/** Public and shared images can be read by everybody they are shown to, and tagged by their owner only. */
function notOwner({ operation, subject, account }: Question, response: ApiResponse) {
  return new ReconcileError(
    'PROVIDER_FORBIDDEN',
    `Cannot call ${operation} for "${subject}" with account "${account}": the image belongs to another account (${describeAnswer(response)}), ` +
      'an own one was wanted: "images: { visibility: private }" in the policy leaves the others out',
  );
}

function codeOf(response: ApiResponse): ErrorCode | null {
  if (response.status !== 400) return null;
  const code = apiCodeOf(response);
  if (IMAGE_GONE.has(code)) return 'PROVIDER_NOT_FOUND';
  return code === NO_PERMISSION ? 'PROVIDER_FORBIDDEN' : null;
}

function apiCodeOf({ text }: ApiResponse): string {
  return parseApiError(text)?.code ?? '';
}
