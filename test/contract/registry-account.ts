import type { OciAccount } from '../../src/model/account.ts';

/** Account `mirror` at a registry that anybody may use, in no hurry to save requests. */
export function registryAccount(endpoint: string, changes: Partial<OciAccount> = {}): OciAccount {
  return {
    name: 'mirror',
    provider: 'oci',
    endpoint,
    auth: { type: 'anonymous' },
    tokenRealm: null,
    limits: { requestsPerSecond: 100_000, burst: 100_000, concurrency: 8 },
    timeoutMs: 30_000,
    protect: [],
    caFile: null,
    ...changes,
  };
}
