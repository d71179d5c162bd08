import type { FastifyInstance } from 'fastify';
import { ReconcileError } from '../model/errors.ts';

/** What requests under way get to end when the server closes. */
const CLOSE_MS = 1_000;

/** Where to listen; `keys`: what an operator changes when it is taken. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly keys: string;
}

export interface ListeningServer {
  /** `http://host:port` it answers on. */
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the port. Throws CONFIG_INVALID when the address cannot be listened on. */
export async function listen(
  app: FastifyInstance,
  { host, port, keys }: Place,
): Promise<ListeningServer> {
  try {
    const url = await app.listen({ host, port });
    return { url, close: async () => await close(app) };
  } catch (cause) {
    await app.close();
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'refused';
    const wanted = `wanted a free address of this machine (${keys})`;
    const message = `Cannot listen on "${host}:${port}": ${reason}, ${wanted}`;
    throw new ReconcileError('CONFIG_INVALID', message, { cause });
  }
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
