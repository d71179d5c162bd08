import { createHttpClient, type HttpClientOptions } from '../http/client.ts';
import type { ApiRequest, ApiResponse, HttpClient } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { OPEN_WIRE } from './open-wire.ts';
import { isLoopback } from './realm.ts';

/** Blob stores that a registry points at. They are asked without any credential of the account. */
export interface Foreign {
  send(
    url: URL,
    request: Omit<ApiRequest, 'segments' | 'rawTarget'>,
    signal: AbortSignal,
  ): Promise<ApiResponse | null>;
  close(): Promise<void>;
}

export type ForeignOptions = Omit<HttpClientOptions, 'wire' | 'reserve' | 'paces'>;

/** Regional stores come in small numbers; more would be a registry that makes names up. */
const MAX_HOSTS = 16;

/** One client a host, made when it is first needed. */
export function createForeign(options: ForeignOptions): Foreign {
  const clients = new Map<string, HttpClient>();
  const { protocol, hostname } = new URL(options.endpoint);
  const clientOf = (url: URL): HttpClient => {
    const known = clients.get(url.origin);
    if (known !== undefined) return known;
    const isPlainAllowed = protocol === 'http:' && isLoopback(hostname) && isLoopback(url.hostname);
    if (url.protocol !== 'https:' && !isPlainAllowed) throw refuse(options, url, 'without TLS');
    if (clients.size === MAX_HOSTS) throw refuse(options, url, 'after many other hosts');
    const client = createHttpClient({ ...options, endpoint: url.origin, wire: OPEN_WIRE });
    clients.set(url.origin, client);
    return client;
  };
  return {
    async send(url, request, signal) {
      const rawTarget = `${url.pathname}${url.search}`;
      return await clientOf(url).send({ ...request, segments: [], rawTarget }, signal);
    },
    async close() {
      await Promise.all([...clients.values()].map(async (client) => await client.close()));
    },
  };
}

function refuse({ account }: ForeignOptions, { host }: URL, how: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot follow the registry of account "${account}" to "${host}": it points there ${how}, its own host or a store over TLS was wanted`,
  );
}
