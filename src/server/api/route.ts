import type { z } from 'zod';
import type { ProblemName } from '../../api/problem.ts';
import type { Deployment } from './deployment.ts';
import type { PolicyOverview } from './policy-overview.ts';
import { Refusal } from './refusal.ts';

/** What a route may use besides its input. */
export interface RouteContext {
  readonly deployment: Deployment;
  readonly overview: PolicyOverview;
  /** The x-request-id of the answer; what the request causes bears it too. */
  readonly requestId: string;
  /** Aborted when the caller hangs up or waits too long. */
  readonly signal: AbortSignal;
}

interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

interface RouteDefinition<Params, Query, Body, Answer> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the prefix, parameters in braces as OpenAPI writes them. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly status: 200 | 201 | 202 | 204;
  /** Absent: the answer has no body. */
  readonly answer?: z.ZodType<Answer>;
  /** Refusals of its own, beside those every route has. */
  readonly problems: readonly ProblemName[];
  readonly handle: (
    input: RouteInput<Params, Query, Body>,
    context: RouteContext,
  ) => Promise<Answer> | Answer;
}

/** A request as it came in. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** One operation of the API: what the document says of it, and what it does. */
export interface Route
  extends Omit<
    RouteDefinition<unknown, unknown, unknown, unknown>,
    'params' | 'query' | 'body' | 'answer' | 'handle'
  > {
  readonly schemas: {
    readonly params: z.ZodType | null;
    readonly query: z.ZodType | null;
    readonly body: z.ZodType | null;
    readonly answer: z.ZodType | null;
  };
  /** Checks the input and does the work; throws Refusal and what the work throws. */
  readonly run: (raw: RawInput, context: RouteContext) => Promise<unknown>;
}

/** Ties the types of input and handler together, and then forgets them. */
export function defineRoute<Params = null, Query = null, Body = null, Answer = null>(
  definition: RouteDefinition<Params, Query, Body, Answer>,
): Route {
  const { params, query, body, answer, handle, ...meta } = definition;
  return {
    ...meta,
    schemas: {
      params: params ?? null,
      query: query ?? null,
      body: body ?? null,
      answer: answer ?? null,
    },
    run: async (raw, context) =>
      await handle(
        {
          params: check('path', params, raw.params),
          query: check('query', query, raw.query),
          body: check('body', body, raw.body),
        },
        context,
      ),
  };
}

/** Without a schema there is nothing to take: `null` is what the handler's type says then. */
function check<T>(place: string, schema: z.ZodType<T> | undefined, value: unknown): T {
  if (schema === undefined) return null as T;
  if (holdsNul(value)) throw new Refusal('invalid', `${place}: a text holds the character NUL`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: [place, ...path.map(String)].join('.'),
    message,
  }));
  const [first] = errors;
  throw new Refusal('invalid', `${first?.path ?? place}: ${first?.message ?? 'wrong'}`, { errors });
}

/** PostgreSQL takes no such text, which would look like an outage of the store. */
function holdsNul(input: unknown): boolean {
  // A list, not a recursion: what is nested 8,000 deep fits a body, but no stack.
  const values = [input];
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) return true;
    if (typeof value === 'object' && value !== null) values.push(...Object.values(value));
  }
  return false;
}
