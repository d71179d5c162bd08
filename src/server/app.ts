import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { type ApiParts, mountApi } from './api/mount.ts';
import { problemOf, toRefusal } from './api/refusal.ts';
import { limitConnections } from './connections.ts';
import { type HealthParts, mountHealth } from './health.ts';
import { type ListeningServer, listen } from './listen.ts';
import { shared } from './shared.ts';

/** More at once are no operators: the next one is hung up on. */
const MAX_CONNECTIONS = 256;
/** A header or body that takes longer is no slow line. */
const LIMITS = {
  bodyLimit: 16_384,
  requestTimeout: 15_000,
  keepAliveTimeout: 60_000,
  routerOptions: { maxParamLength: 4_096 },
  http: {
    maxHeaderSize: 16_384,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 5_000,
  },
} as const;
const REQUEST_ID = /^[\w.-]{1,64}$/;

/** What is served beside health and metrics, and what they ask of the running service. */
export interface ServerParts extends HealthParts {
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Null: this process has no role api. */
  readonly api: ApiParts | null;
  /** The last step before an answer leaves. */
  readonly scrub: (text: string) => string;
  /** For requests that bring no id of their own. */
  readonly newId: () => string;
}

/** Serves health, `/metrics` and the API. Throws CONFIG_INVALID when the address cannot be listened on. */
export async function startServer(
  { host, port }: { readonly host: string; readonly port: number },
  parts: ServerParts,
): Promise<ListeningServer> {
  const app = createApp(parts);
  return await listen(app, { host, port, keys: 'server.host and server.port' });
}

/** All of it, listening nowhere. */
export function createApp({ metrics, api, newId, scrub, ...health }: ServerParts): FastifyInstance {
  const app = fastify({
    ...LIMITS,
    logger: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    // An address that cannot be decoded belongs to no route, so it meets no error handler.
    frameworkErrors: (error, request, reply) => {
      const problem = problemOf(toRefusal(error), request.id);
      const answer: FastifyReply = reply;
      void answer
        .code(problem.status)
        .type('application/problem+json')
        .send(JSON.stringify(problem));
    },
  });
  limitConnections(app.server, { most: MAX_CONNECTIONS, mostOfOne: MAX_CONNECTIONS / 2 });
  app.addHook('onSend', async (_request, _reply, payload) =>
    typeof payload === 'string' ? scrub(payload) : payload,
  );
  // Whoever asks has shown no token, and store and queue are asked each time.
  mountHealth(app, { ...health, checks: shared(health.checks) });
  const render = shared(metrics);
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await render();
    return reply.type(contentType).send(text);
  });
  // What a failure says may name hosts or carry a URL; the reader of a metric is no operator.
  app.setErrorHandler(async (_error, _request, reply) => {
    await reply.code(500).send({ status: 'error' });
  });
  if (api !== null) mountApi(app, api);
  return app;
}
