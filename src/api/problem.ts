import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../model/errors.ts';
import { COMPONENTS } from './schemas.ts';

/** Every kind of refusal, by the last part of its `type`; the kinds are stable, their words are not. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request cannot be read' },
  unauthorized: { status: 401, title: 'A valid bearer token is needed' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'api-off': { status: 404, title: 'The API of this process is switched off' },
  'method-not-allowed': { status: 405, title: 'The resource does not take this method' },
  'too-large': { status: 413, title: 'The body is too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  invalid: { status: 422, title: 'The request says something that is not possible' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'A fault of tagwarden itself' },
  'cloud-failed': { status: 502, title: 'The cloud refused or did not answer completely' },
  unavailable: { status: 503, title: 'Not possible at the moment' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>;
export type ProblemName = keyof typeof PROBLEMS;

const PREFIX = 'urn:tagwarden:problem:';
const codes = Object.keys(ERRORS) satisfies string[] as ErrorCode[];

/** An RFC 9457 answer. */
export const ProblemBody = z.object({
  type: z.string().describe(`${PREFIX} and a name that stays`),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  request_id: z.string().describe('The x-request-id header; logs name it'),
  code: z.enum(codes).optional().catch(undefined).describe('An error code of docs/errors.md'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('What is wrong where'),
});
COMPONENTS.add(ProblemBody, { id: 'Problem' });
export type ProblemBody = z.infer<typeof ProblemBody>;

/** The `type` of a kind. */
export function problemType(name: ProblemName): string {
  return `${PREFIX}${name}`;
}
