import type { Pool } from 'undici';
import { createPool, type PoolOptions } from './exchange.ts';
import type { ApiRequest } from './request.ts';

/** The connections of one client. */
export interface Pools {
  poolFor(request: Pick<ApiRequest, 'wantsStream'>): Pool;
  close(): Promise<void>;
}

/**
 * Streams have connections of their own: they last as long as their reader takes, who may be waiting for a request of the
 * same account meanwhile.
 */
export function createPools(options: PoolOptions): Pools {
  const calls = createPool(options);
  let streams: Pool | null = null;
  return {
    poolFor({ wantsStream }) {
      if (wantsStream !== true) return calls;
      streams ??= createPool({ ...options, connections: null, maxResponseBytes: null });
      return streams;
    },
    close: async () => {
      await Promise.all([calls.close(), streams?.close()]);
    },
  };
}
