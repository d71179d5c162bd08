import { classifyStatus } from '../../../src/http/classification.ts';
import { createHttpClient, type HttpClientOptions } from '../../../src/http/client.ts';
import type { ApiRequest, HttpClient, Wire } from '../../../src/http/request.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

/** Signs with a canary that must not show up in any message. */
export const WIRE: Wire = {
  authorize: async (request) => ({
    ...request,
    headers: { ...request.headers, Authorization: 'canary-credential' },
  }),
  classify: classifyStatus,
  renew: () => false,
};

export const READ: ApiRequest = {
  operation: 'ListThings',
  method: 'GET',
  segments: ['v2', 'things'],
  query: [['page', 'canary query']],
  idempotent: true,
};

export const WRITE: ApiRequest = {
  operation: 'DropThing',
  method: 'DELETE',
  segments: ['v2', 'things', 'a/b'],
  idempotent: false,
};

/** A scripted server and clients for it that wait only milliseconds. */
export interface Bench {
  readonly server: ScriptedServer;
  connect(options?: Partial<HttpClientOptions>): HttpClient;
  close(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const server = await startScriptedServer();
  const clients: HttpClient[] = [];
  return {
    server,
    connect: (options = {}) => {
      const client = createHttpClient({
        endpoint: server.url,
        account: 'north',
        limits: { requestsPerSecond: 1_000, burst: 100, concurrency: 10 },
        timeoutMs: 500,
        caFile: null,
        wire: WIRE,
        now: () => new Date(),
        random: () => 0.5,
        retries: { minDelayMs: 2, maxDelayMs: 4 },
        ...options,
      });
      clients.push(client);
      return client;
    },
    close: async () => {
      await server.close();
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
