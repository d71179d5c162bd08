import fastify from 'fastify';

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
 * outage must not restart the process.
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
  const url = await app.listen({ host, port });
  return { url, close: async () => await app.close() };
}
