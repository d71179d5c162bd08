import { onTestFinished } from 'vitest';
import { ReconcileError } from '../../../src/model/errors.ts';
import type { PolicySet } from '../../../src/model/policy.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { Target } from '../../../src/model/target.ts';
import type { Deployment } from '../../../src/server/api/deployment.ts';
import type { ApiParts, ApiRequest } from '../../../src/server/api/mount.ts';
import { startServer } from '../../../src/server/app.ts';
import type { Store } from '../../../src/store/store.ts';

export const TOKEN = 'test-token-0123456789abcdef';
export const NOW = new Date('2026-06-01T12:00:00.000Z');

/** How to ask, with headers by name. */
type AskInit = Omit<RequestInit, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** A served API over a real store; what it asks of the queues is kept. */
export interface ApiBench {
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  readonly triggered: readonly Target[];
  readonly swept: readonly string[];
  /** Asks below /api/v1 with the token, unless the headers say otherwise. */
  readonly ask: (path: string, init?: AskInit) => Promise<Response>;
  readonly send: (path: string, body: unknown, init?: AskInit) => Promise<Response>;
}

export interface BenchOptions {
  readonly store: Store;
  readonly set?: PolicySet;
  readonly deployment?: Partial<Deployment>;
  readonly parts?: Partial<ApiParts>;
  readonly scrub?: (text: string) => string;
}

export async function serveApi(options: BenchOptions): Promise<ApiBench> {
  const { store, deployment = {}, parts = {}, scrub = (text: string) => text } = options;
  const set: PolicySet = options.set ?? { revision: 'sha256:1', policies: [], tests: [] };
  const requests: ApiRequest[] = [];
  const triggered: Target[] = [];
  const swept: string[] = [];
  const served: Deployment = {
    store,
    accounts: ['ims-north', 'swr-north'],
    version: '0.0.0',
    now: () => NOW,
    policies: () => set,
    policyProblem: () => null,
    configuredPauses: () => [],
    queues: async () => [{ queue: 'sweep', counts: { waiting: 2 } }],
    trigger: async (target) => void triggered.push(target),
    sweep: async (policy) => void swept.push(policy),
    explain: async () => await Promise.reject(new ReconcileError('PROVIDER_DOWN', 'Cannot ask')),
    ...deployment,
  };
  const server = await startServer(
    { host: '127.0.0.1', port: 0 },
    {
      notReady: () => null,
      hasStarted: () => true,
      checks: async () => [],
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      newId: () => 'made-here',
      scrub,
      api: {
        token: new Secret(TOKEN),
        deployment: () => served,
        now: () => NOW,
        onRequest: (request) => void requests.push(request),
        ...parts,
      },
    },
  );
  onTestFinished(async () => await server.close());
  const authorization = `Bearer ${TOKEN}`;
  const ask: ApiBench['ask'] = async (path, init = {}) =>
    await fetch(`${server.url}/api/v1${path}`, {
      ...init,
      headers: { authorization, ...init.headers },
    });
  return {
    url: server.url,
    requests,
    triggered,
    swept,
    ask,
    send: async (path, body, init = {}) =>
      await ask(path, {
        method: 'POST',
        body: JSON.stringify(body),
        ...init,
        headers: { 'content-type': 'application/json', ...init.headers },
      }),
  };
}
