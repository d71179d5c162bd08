import { decodeExplained, decodeKey, decodePause, decodeRun, decodeTarget } from '../api/decode.ts';
import { API_VERSION, MAX_PAGE } from '../api/requests.ts';
import {
  ExplanationBody,
  PausesBody,
  PoliciesBody,
  RunBody,
  RunsBody,
  StatusBody,
  TargetsBody,
} from '../api/schemas.ts';
import type { Console, ConsoleStore, RemoteConsole } from '../cli/console.ts';
import { ReconcileError } from '../model/errors.ts';
import type { PauseScope } from '../model/pause.ts';
import { targetKey } from '../model/target.ts';
import { type Client, type ClientOptions, createClient } from './http.ts';

/** The console of a deployment behind its API. Throws what the client throws. */
export async function openRemoteConsole(options: ClientOptions): Promise<RemoteConsole> {
  const client = createClient(options);
  const { api_version: version, now, accounts, paused } = await readStatus(client);
  if (version.split('.')[0] !== API_VERSION.split('.')[0]) {
    const wanted = `wanted ${API_VERSION.split('.')[0]}.x: use the command of its release`;
    const message = `Cannot ask server "${options.url}": it speaks version ${version} of the API, ${wanted}`;
    throw new ReconcileError('SERVER_REFUSED', message);
  }
  return {
    store: remoteStore(client),
    configured: paused.filter(({ by }) => by === 'config').map(decodePause),
    policies: async () => await readPolicies(client),
    policyProblem: async () => (await readStatus(client)).policy_problem ?? null,
    // The clock that counts is the one of the service.
    now: () => new Date(now),
    isConfigured: (account) => accounts.includes(account),
    trigger: async (target) => await trigger(client, { target: targetKey(target) }),
    sweep: async (policy) => await trigger(client, { policy }),
    queues: async () => (await readStatus(client)).queues,
    async explain(target, tag) {
      const query = { target: targetKey(target), tag };
      const body = await client.ask({ method: 'GET', path: '/explain', query }, ExplanationBody);
      return decodeExplained(present(body, '/explain'));
    },
    close: async () => await Promise.resolve(),
  };
}

function remoteStore(client: Client): ConsoleStore {
  return {
    async targets({ status, account, glob = null, after, limit }) {
      const query = { status, account, glob, cursor: after, limit: Math.min(limit, MAX_PAGE) };
      const { items, next } = await read(client, '/targets', TargetsBody, query);
      return { items: items.map(decodeTarget), next };
    },
    async counts() {
      const {
        in_sync: inSync,
        drifted,
        refused,
        unknown,
        quarantined,
      } = (await readStatus(client)).summary;
      return { 'in-sync': inSync, drifted, refused, unknown, quarantined };
    },
    async run(id) {
      const path = `/runs/${encodeURIComponent(id)}`;
      const body = await client.ask({ method: 'GET', path }, RunBody);
      return body === null ? null : decodeRun(body);
    },
    async runs({ target, after, limit }) {
      const path = target === null ? '/runs' : `${pathOf(targetKey(target))}/history`;
      const query = { cursor: after, limit: Math.min(limit, MAX_PAGE) };
      const { items, next } = await read(client, path, RunsBody, query);
      return { items: items.map(decodeRun), next };
    },
    async pauses() {
      const { items } = await read(client, '/pauses', PausesBody);
      return items.filter(({ by }) => by !== 'config').map(decodePause);
    },
    async pause({ scope, reason }) {
      await client.tell({ method: 'POST', path: '/pauses', body: { scope, reason } });
    },
    resume: async (scope) =>
      await client.tell({ method: 'DELETE', path: '/pauses', query: queryOf(scope) }),
    quarantined: async () =>
      (await readStatus(client)).quarantined.map(({ target, until }) => ({
        target: decodeKey(target),
        until: new Date(until),
      })),
    release: async (target) =>
      await client.tell({ method: 'DELETE', path: `${pathOf(targetKey(target))}/quarantine` }),
  };
}

async function read<T>(
  client: Client,
  path: string,
  schema: Parameters<typeof client.ask<T>>[1],
  query: Readonly<Record<string, string | number | null>> = {},
): Promise<T> {
  return present(await client.ask({ method: 'GET', path, query }, schema), path);
}

async function readStatus(client: Client): Promise<typeof StatusBody._zod.output> {
  return await read(client, '/status', StatusBody);
}

async function readPolicies(client: Client): ReturnType<Console['policies']> {
  const { policy_revision: revision, items } = await read(client, '/policies', PoliciesBody);
  return { revision, policies: items.map(({ name, suspended: suspend }) => ({ name, suspend })) };
}

async function trigger(client: Client, body: object): Promise<void> {
  await client.tell({ method: 'POST', path: '/triggers', body });
}

function pathOf(key: string): string {
  return `/targets/${encodeURIComponent(key)}`;
}

function queryOf(scope: PauseScope): Readonly<Record<string, string>> {
  return { ...scope };
}

/** What is always there on a service that serves the API. */
function present<T>(body: T | null, path: string): T {
  if (body !== null) return body;
  const message = `Cannot ask the server for "${path}": there is none, wanted a tagwarden of this release`;
  throw new ReconcileError('SERVER_REFUSED', message);
}
