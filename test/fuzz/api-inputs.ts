import type { FastifyInstance } from 'fastify';
import { Secret } from '../../src/model/secret.ts';
import { parsePolicies } from '../../src/policy/parse.ts';
import { decodeCursor, encodeCursor } from '../../src/server/api/cursor.ts';
import { Refusal } from '../../src/server/api/refusal.ts';
import { createApp } from '../../src/server/app.ts';
import { parseRunPlace } from '../../src/store/place.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { anOperation, aRecord, aRun, aTarget, noon } from '../store/samples.ts';
import { fleetPolicies } from '../support/fleet.ts';
import { refusal, split } from './refusal.ts';

const TOKEN = 'fuzz-token-0123456789abcdef';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const NOT_SENT = /[^\x21-\x7e]/gu;

/** Takes a request, as its first line `METHOD PATH`, then the body; nothing goes over a network. */
export function createApiInputs(): (text: string) => Promise<unknown> {
  let serving: Promise<FastifyInstance> | null = null;
  return async (text) => {
    serving ??= serve();
    const app = await serving;
    const [line, payload] = split(text);
    const [given, path] = split(line, ' ');
    const method = METHODS.find((known) => known === given) ?? 'GET';
    const url = `/api/v1/${path.replaceAll(NOT_SENT, encodeURIComponent)}`;
    if (!URL.canParse(url, 'http://host')) throw refusal('no address');
    const authorization = `Bearer ${TOKEN}`;
    const request =
      payload === ''
        ? { headers: { authorization } }
        : { headers: { authorization, 'content-type': 'application/json' }, payload };
    const { statusCode, body: answer } = await app.inject({ method, url, ...request });
    if (statusCode === 500) throw new Error(answer);
    if (answer !== '') JSON.parse(answer);
    if (statusCode >= 400) throw refusal(`answered with ${statusCode}`);
  };
}

async function serve(): Promise<FastifyInstance> {
  const store = createMemoryStore();
  for (let at = 0; at < 20; at += 1) {
    await store.finish(aRecord({ target: aTarget(`shop/app-${at}`), baseline: at }), null);
    await store.intend(aRun({ id: `run-${at}` }), 0, anOperation(), noon(at));
  }
  const set = parsePolicies(
    Object.entries(fleetPolicies()).map(([name, text]) => ({ path: name, text })),
  );
  let seconds = 0;
  return createApp({
    notReady: () => null,
    hasStarted: () => true,
    checks: async () => [],
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    newId: () => 'made-here',
    scrub: (text) => text,
    api: {
      token: new Secret(TOKEN),
      // Each request comes a second after the one before, so that none is too many.
      now: () => new Date((seconds += 1) * 1_000),
      onRequest: () => undefined,
      deployment: () => ({
        store: {
          ...store,
          // One at a time: they would add up over a million requests.
          async pause(pause) {
            for (const { scope } of await store.pauses()) await store.resume(scope);
            await store.pause(pause);
          },
        },
        accounts: ['swr'],
        version: '0.0.0',
        now: () => noon(),
        policies: () => set,
        policyProblem: () => null,
        configuredPauses: () => [],
        queues: async () => [],
        trigger: async () => undefined,
        sweep: async () => undefined,
        explain: async () => await Promise.reject(refusal('nothing to explain')),
      }),
    },
  });
}

const FILTERS = { account: 'swr' };

/** A cursor as a caller sends it, or, after the line `made`, the place inside of one that we made. */
export function takeCursor(text: string): unknown {
  const [kind, value] = split(text);
  if (kind !== 'made') return refused(() => decodeCursor(value, FILTERS));
  if (value.includes('\0')) throw refusal('a place that no store gives');
  const place = decodeCursor(encodeCursor(value, FILTERS) ?? undefined, FILTERS) ?? '';
  if (place !== value) throw new Error('the cursor came back as another');
  return parseRunPlace(place);
}

function refused<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) throw refusal(error.message);
    throw error;
  }
}
