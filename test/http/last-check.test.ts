import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { AccountEvent, RequestEvent } from '../../src/http/client.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { type Bench, READ, startBench, WIRE, WRITE } from './support/bench.ts';
import { calm, failureOf } from './support/failure.ts';
import type { ScriptedServer } from './support/scripted-server.ts';
import { waitUntil } from './support/wait.ts';

const SLOW = { requestsPerSecond: 1, burst: 1, concurrency: 4 };

let bench: Bench;
let server: ScriptedServer;

beforeEach(async () => {
  bench = await startBench();
  server = bench.server;
});

afterEach(() => bench.close());

/** A write that is let through until `close()`; counts how often it asked. */
function aGuardedWrite() {
  const guarded = {
    asked: 0,
    isClosed: false,
    request: {
      ...WRITE,
      settled: async () => false,
      lastCheck: () => {
        guarded.asked += 1;
        if (guarded.isClosed) throw new ReconcileError('CANCELLED', 'Cannot write: it is paused');
      },
    },
  };
  return guarded;
}

describe('createHttpClient() with a last check', () => {
  test('createHttpClient() sends no write whose check fails while it waits for its slot', async () => {
    const client = bench.connect({ limits: SLOW });
    await client.send(READ, calm());
    const guarded = aGuardedWrite();

    const sending = failureOf(client.send(guarded.request, calm()));
    await sleep(100);
    const askedEarly = guarded.asked;
    guarded.isClosed = true;
    const error = await sending;

    expect(error).toMatchObject({ code: 'CANCELLED', message: 'Cannot write: it is paused' });
    expect(askedEarly).toBe(0);
    expect(server.received.map(({ method }) => method)).toEqual(['GET']);
  });

  test('createHttpClient() gives the slot of a write that stays here to the next one', async () => {
    const client = bench.connect({
      limits: { requestsPerSecond: 1_000, burst: 10, concurrency: 1 },
    });
    const guarded = aGuardedWrite();
    guarded.isClosed = true;

    await failureOf(client.send(guarded.request, calm()));
    const response = await client.send(READ, calm());

    expect(response?.status).toBe(200);
    expect(server.received.map(({ method }) => method)).toEqual(['GET']);
  });

  test('createHttpClient() asks at the slot and at the first byte of each attempt, and sends what is let through', async () => {
    server.answer({ status: 503 }, { status: 204 });
    const guarded = aGuardedWrite();

    const response = await bench.connect().send(guarded.request, calm());

    expect(response).toMatchObject({ status: 204, attempts: 2 });
    expect(guarded.asked).toBe(4);
  });

  test.each([503, 429])(
    'createHttpClient() settles a write by the read after %i, and does not repeat it once its check fails',
    async (status) => {
      server.answer({ status });
      const guarded = aGuardedWrite();
      const settled: boolean[] = [];

      const error = await failureOf(
        bench.connect().send(
          {
            ...guarded.request,
            settled: async () => {
              guarded.isClosed = true;
              settled.push(true);
              return false;
            },
          },
          calm(),
        ),
      );

      expect(error.message).toBe('Cannot write: it is paused');
      expect(settled).toHaveLength(1);
      expect(server.received).toHaveLength(1);
    },
  );

  test('createHttpClient() takes a write for done that was settled, whatever its check says', async () => {
    server.answer('reset');
    const guarded = aGuardedWrite();

    const response = await bench.connect().send(
      {
        ...guarded.request,
        settled: async () => {
          guarded.isClosed = true;
          return true;
        },
      },
      calm(),
    );

    expect(response).toBeNull();
  });

  test('createHttpClient() sends no write whose check fails while its connection is made', async () => {
    const guarded = aGuardedWrite();
    const events: RequestEvent[] = [];
    const client = bench.connect({ onRequest: (event) => events.push(event) });
    const connected = (): void => {
      guarded.isClosed = true;
    };
    subscribe('undici:client:connected', connected);
    onTestFinished(() => void unsubscribe('undici:client:connected', connected));

    const error = await failureOf(client.send(guarded.request, calm()));
    const after = await client.send(READ, calm());

    expect(error.message).toBe('Cannot write: it is paused');
    expect(guarded.asked).toBe(2);
    expect(server.received.map(({ method }) => method)).toEqual(['GET']);
    expect(events.map(({ method, attempt }) => `${method} ${attempt}`)).toEqual(['GET 1']);
    expect(after?.attempts).toBe(1);
  });

  test('createHttpClient() sends no write whose check fails while it is signed', async () => {
    const guarded = aGuardedWrite();
    const client = bench.connect({
      wire: {
        ...WIRE,
        authorize: async (request, context) => {
          guarded.isClosed = true;
          return await WIRE.authorize(request, context);
        },
      },
    });

    const error = await failureOf(client.send(guarded.request, calm()));

    expect(error.code).toBe('CANCELLED');
    expect(server.received).toEqual([]);
  });

  test('createHttpClient() lets no write through that waited for the credential to be proved', async () => {
    server.answer('hang', { status: 200, body: '{}' });
    const client = bench.connect({ timeoutMs: 300, retries: { attempts: 1 } });
    const guarded = aGuardedWrite();

    const probe = failureOf(client.send(READ, calm()));
    await waitUntil(() => server.received.length === 1);
    const sending = failureOf(client.send({ ...guarded.request }, calm()));
    guarded.isClosed = true;
    await probe;
    await sending;

    expect(server.received.map(({ method }) => method)).toEqual(['GET']);
  });

  test('createHttpClient() does not probe a cloud that is down with a write that stays here', async () => {
    server.answer({ status: 500 });
    const changes: AccountEvent[] = [];
    const client = bench.connect({
      retries: { attempts: 1 },
      onEvent: (event) => event.type === 'circuit' && changes.push(event),
    });
    for (let round = 0; round < 20; round += 1) await failureOf(client.send(READ, calm()));
    const guarded = aGuardedWrite();
    guarded.isClosed = true;
    server.answer({ status: 200, body: '{}' });
    await sleep(1_100);

    const withheld = await failureOf(client.send(guarded.request, calm()));
    const response = await client.send(READ, calm());

    expect(withheld.code).toBe('CANCELLED');
    expect(response?.status).toBe(200);
    expect(changes).toEqual([
      { type: 'circuit', open: true },
      { type: 'circuit', open: false },
    ]);
  });
});
