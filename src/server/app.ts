import fastify, { type FastifyInstance } from 'fastify';
import { ReconcileError } from '../model/errors.ts';

/** What requests under way get to end when the server closes. */
const CLOSE_MS = 1_000;

/** What the probes and the scrape endpoint ask of the running service. */
export interface ServerParts {
  /** The reason why the service is not ready; null: ready. */
  readonly notReady: () => string | null;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface ListeningServer {
  /** `http://host:port` it answers on. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/livez`, `/readyz` and `/metrics`. Liveness asks nothing but that the event loop turns: a queue or cloud
 * outage must not restart the process. Throws CONFIG_INVALID when the address cannot be listened on.
 */
export async function startServer(
  { host, port }: { readonly host: string; readonly port: number },
  { notReady, metrics }: ServerParts,
): Promise<ListeningServer> {
  const app = fastify({ logger: false, bodyLimit: 1_048_576 });
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const reason = notReady();
    return reason === null
      ? { status: 'ok' }
      : reply.code(503).send({ status: 'unavailable', reason });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics();
    return reply.type(contentType).send(text);
  });
  // What a failure says may name hosts or carry a URL; the reader of a metric is no operator.
  app.setErrorHandler(async (_error, _request, reply) => {
    await reply.code(500).send({ status: 'error' });
  });
  const url = await listen(app, { host, port });
  return { url, close: async () => await close(app) };
}

/** A client that never ends its request must not keep the process from stopping. */
async function close(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'refused';
    const wanted = 'wanted a free address of this machine (server.host and server.port)';
    const message = `Cannot listen on "${host}:${port}": ${reason}, ${wanted}`;
    throw new ReconcileError('CONFIG_INVALID', message, { cause });
  }
}
