import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Hook, HookServer } from '../../../src/config/hooks.ts';
import { ReconcileError } from '../../../src/model/errors.ts';
import { Secret } from '../../../src/model/secret.ts';
import {
  type HandledDelivery,
  HOOK_TIMEOUTS,
  type HookServerParts,
  startHooks,
} from '../../../src/server/hooks/server.ts';
import type { Ask } from '../../../src/server/hooks/targets.ts';
import { NOW, SECRET, type Sender, type Sent } from './senders.ts';

export function aHook(overrides: Partial<Hook> = {}): Hook {
  return {
    name: 'one',
    type: 'hmac',
    secrets: [new Secret(SECRET)],
    accounts: [{ name: 'swr', provider: 'huawei-swr' }],
    repositories: null,
    events: null,
    ...overrides,
  };
}

/** The hook that the sender is configured at. */
export function hookOf({ type, secret }: Sender, overrides: Partial<Hook> = {}): Hook {
  return aHook({ type, secrets: [new Secret(secret)], ...overrides });
}

export interface HookBench {
  readonly url: string;
  /** What reached the queue. */
  readonly asked: { readonly ask: Ask; readonly correlationId: string }[];
  readonly handled: HandledDelivery[];
  /** Claims and what is known, as a store has it. */
  readonly memory: Map<string, 'pending' | 'known'>;
  /** How the queue answers. */
  readonly queue: { mode: 'up' | 'down' | 'silent' };
  readonly clock: { ms: number };
  readonly post: (sent: Sent, name?: string) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A server of hooks with a queue and a memory that do as they are told. */
export async function openHooks(
  hooks: readonly Hook[],
  options: Partial<HookServer> = {},
  timeouts = HOOK_TIMEOUTS,
): Promise<HookBench> {
  const asked: HookBench['asked'] = [];
  const handled: HandledDelivery[] = [];
  const memory: HookBench['memory'] = new Map();
  const queue: HookBench['queue'] = { mode: 'up' };
  const clock = { ms: 0 };
  const parts: HookServerParts = {
    async claimDelivery(id) {
      const state = memory.get(id) ?? 'new';
      if (state === 'new') memory.set(id, 'pending');
      return state;
    },
    keepDelivery: async (id) => void memory.set(id, 'known'),
    dropDelivery: async (id) => void memory.delete(id),
    async enqueue(ask, correlationId) {
      if (queue.mode === 'down') throw new ReconcileError('QUEUE_UNAVAILABLE', 'Cannot add a job');
      if (queue.mode === 'silent') await new Promise(() => {});
      clock.ms += 7;
      asked.push({ ask, correlationId });
    },
    onDelivery: (delivery) => void handled.push(delivery),
    now: () => NOW,
    newId: () => 'made-up',
    monotonicMs: () => clock.ms,
  };
  const server = await startHooks(
    {
      host: '127.0.0.1',
      port: 0,
      trustedProxies: [],
      requireHttps: false,
      toleranceMs: 300_000,
      hooks,
      ...options,
    },
    parts,
    timeouts,
  );
  onTestFinished(async () => await server.close());
  const { url } = server;
  const post = async (sent: Sent, name = 'one'): Promise<Answer> =>
    await send(`${url}/hooks/${name}${sent.query}`, sent);
  return { url, asked, handled, memory, queue, clock, post };
}

/** Sends exactly these header lines. */
export async function send(
  url: string,
  { lines, body }: Pick<Sent, 'lines' | 'body'>,
  method = 'POST',
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const headers = [
      ['host', new URL(url).host],
      ['content-length', String(body.length)],
      ...lines,
    ].flat();
    // Names sent twice stay two lines in the array form.
    const client = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    client.on('error', reject);
    client.end(body);
  });
}
