import type { FastifyInstance } from 'fastify';

/** One thing that is looked at for `/readyz?verbose`. A warning is worth a look and no reason to send nobody here. */
export interface HealthCheck {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** Constant words: whoever asks has shown no token. */
  readonly detail: string;
}

export interface HealthParts {
  /** The reason why the service is not ready; null: ready. */
  readonly notReady: () => string | null;
  /** False until the service was ready for the first time. */
  readonly hasStarted: () => boolean;
  readonly checks: () => Promise<readonly HealthCheck[]>;
}

/**
 * Serves `/livez`, `/readyz` and `/startupz`. Liveness asks nothing but that the event loop turns, and readiness nothing
 * of queue or clouds: an outage must neither restart every process nor leave webhooks without anybody to answer them.
 */
export function mountHealth(
  app: FastifyInstance,
  { notReady, hasStarted, checks }: HealthParts,
): void {
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/startupz', (_request, reply) =>
    hasStarted() ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable' }),
  );
  app.get<{ Querystring: { verbose?: string } }>('/readyz', async ({ query }, reply) => {
    const reason = notReady();
    const told = query.verbose === undefined ? {} : { checks: await checks() };
    if (reason === null) return { status: 'ok', ...told };
    return reply.code(503).send({ status: 'unavailable', reason, ...told });
  });
}
