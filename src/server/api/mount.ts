import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { API_PREFIX } from '../../api/requests.ts';
import type { Secret } from '../../model/secret.ts';
import { createTokenCheck } from './auth.ts';
import type { Deployment } from './deployment.ts';
import { openApiDocument } from './openapi.ts';
import { createOverview } from './policy-overview.ts';
import { createRate } from './rate.ts';
import { problemOf, Refusal, toRefusal } from './refusal.ts';
import type { Route, RouteContext } from './route.ts';
import { ROUTES } from './routes.ts';

/** One request and what it was answered with, for log and metrics. */
export interface ApiRequest {
  readonly requestId: string;
  /** Null: no such operation, or refused before it was looked for. */
  readonly operation: string | null;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
  /** What failed without being anybody's answer; null: nothing. */
  readonly fault: unknown;
}

export interface ApiParts {
  /** Null: there is none, so the API is switched off. */
  readonly token: Secret | null;
  /** Null: not there yet, or no more. */
  readonly deployment: () => Deployment | null;
  readonly now: () => Date;
  readonly onRequest: (request: ApiRequest) => void;
}

/** Bodies are a scope and a reason. */
const BODY_LIMIT = 16_384;
/** The longest a caller waits; a look at a target with many tags takes its time. */
const TIMEOUT_MS = 30_000;
const METHODS: readonly HTTPMethods[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Mounts the API. Every answer that is no success is an RFC 9457 problem; nothing is told to who has no token. */
export function mountApi(app: FastifyInstance, parts: ApiParts): void {
  const overview = createOverview();
  app.register(
    (api, _options, done) => {
      const faults = new WeakMap<FastifyRequest, unknown>();
      addHooks(api, parts, faults);
      api.removeContentTypeParser('text/plain');
      api.setErrorHandler(async (error, request, reply) => {
        const refusal = toRefusal(error);
        if (refusal.problem === 'internal') faults.set(request, error);
        await refuse(reply, request, refusal);
      });
      api.setNotFoundHandler(() => {
        throw new Refusal('not-found', 'there is no such resource; see /api/v1/openapi.json');
      });
      const document = openApiDocument();
      api.get('/openapi.json', async (_request, reply) => await reply.send(document));
      refuseOthers(api, '/openapi.json', ['GET']);
      for (const route of ROUTES) mountRoute(api, route, { ...parts, overview });
      for (const path of new Set(ROUTES.map((route) => route.path))) {
        const methods = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
        refuseOthers(api, urlOf(path), methods);
      }
      done();
    },
    { prefix: API_PREFIX },
  );
}

function addHooks(
  api: FastifyInstance,
  { token, now, onRequest }: ApiParts,
  faults: WeakMap<FastifyRequest, unknown>,
): void {
  const isAllowed = token === null ? null : createTokenCheck(token);
  const asked = createRate({ perSecond: 200, burst: 1_000 });
  const failed = createRate({ perSecond: 1, burst: 20 });
  api.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS).header('x-request-id', request.id);
    if (isAllowed === null) throw new Refusal('api-off', OFF);
    const isGood = isAllowed(request.headers.authorization);
    // A caller with the token is not slowed down by others behind the same address that guess.
    const waitS = (isGood ? asked : failed).take(isGood ? '' : request.ip, now());
    if (waitS > 0) {
      throw new Refusal('too-many-requests', `wait ${waitS} s`, { retryAfterS: waitS });
    }
    if (isGood) return;
    throw new Refusal('unauthorized', 'wanted authorization: Bearer with the token of the server');
  });
  api.addHook('onResponse', async (request, reply) => {
    const { operation = null } = request.routeOptions.config as { operation?: string };
    onRequest({
      requestId: request.id,
      operation,
      method: request.method,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      fault: faults.get(request) ?? null,
    });
  });
}

const OFF = 'server.adminToken is not set, so this process serves no API';

function mountRoute(
  api: FastifyInstance,
  route: Route,
  parts: Pick<ApiParts, 'deployment'> & Pick<RouteContext, 'overview'>,
): void {
  api.route({
    method: route.method,
    url: urlOf(route.path),
    bodyLimit: BODY_LIMIT,
    config: { operation: route.operationId },
    handler: async (request, reply) => {
      const deployment = parts.deployment();
      if (deployment === null) {
        throw new Refusal('unavailable', 'the service is starting or stopping', { retryAfterS: 2 });
      }
      const hungUp = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) hungUp.abort();
      });
      const signal = AbortSignal.any([hungUp.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const { overview } = parts;
      const context = { deployment, overview, requestId: request.id, signal };
      const answer = await route.run(request, context);
      reply.code(route.status);
      return await (route.schemas.answer === null ? reply.send() : reply.send(answer));
    },
  });
}

/** What is there, but not for this method: 405 with those it takes. */
function refuseOthers(api: FastifyInstance, url: string, methods: readonly HTTPMethods[]): void {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])];
  api.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    handler: async (request, reply) => {
      reply.header('allow', allowed.join(', '));
      const detail = `${request.method} is not possible here, wanted ${allowed.join(' or ')}`;
      await refuse(reply, request, new Refusal('method-not-allowed', detail));
    },
  });
}

/** `{name}` of OpenAPI as `:name` of the router. */
function urlOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

async function refuse(
  reply: FastifyReply,
  request: FastifyRequest,
  refusal: Refusal,
): Promise<void> {
  const problem = problemOf(refusal, request.id);
  const { retryAfterS } = refusal.options;
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  if (refusal.problem === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  await reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
