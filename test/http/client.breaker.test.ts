import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccountEvent } from '../../src/http/client.ts';
import type { HttpClient } from '../../src/http/request.ts';
import { type Bench, READ, startBench, WRITE } from './support/bench.ts';
import { calm, failureOf } from './support/failure.ts';
import type { ScriptedServer } from './support/scripted-server.ts';

let bench: Bench;
let server: ScriptedServer;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  bench = await startBench();
  server = bench.server;
});

afterEach(async () => {
  vi.useRealTimers();
  await bench.close();
});

/** Calls until the breaker is open. */
async function breakDown(client: HttpClient): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    if ((await failureOf(client.send(READ, calm()))).code === 'PROVIDER_DOWN') return;
  }
  throw new Error('Expected the breaker to open within 50 requests');
}

describe('createHttpClient() when the cloud is down', () => {
  test.each([
    ['503', { status: 503 }],
    ['a page of a proxy', { status: 200, body: '<html></html>' }],
    ['reset', 'reset'],
  ] as const)(
    'sends 20 requests and no more for 500 calls when most meet %s',
    async (_name, answer) => {
      const client = bench.connect({
        limits: { requestsPerSecond: 1_000, burst: 100, concurrency: 1 },
      });

      await client.send(READ, calm());
      server.answer(answer);

      const errors = await Promise.all(
        Array.from({ length: 500 }, () => failureOf(client.send(READ, calm()))),
      );

      expect(server.received).toHaveLength(20);
      expect(new Set(errors.map(({ code }) => code))).toContain('PROVIDER_DOWN');
    },
  );

  test('sends no more than what was in flight once the breaker opens', async () => {
    const client = bench.connect();
    await client.send(READ, calm());
    server.answer({ status: 503 });

    await Promise.all(Array.from({ length: 500 }, () => failureOf(client.send(READ, calm()))));

    expect(server.received.length).toBeLessThanOrEqual(1 + 20 + 10);
  });

  test('tells of an open breaker at once, not after the wait for the next attempt', async () => {
    const client = bench.connect({
      limits: { requestsPerSecond: 1_000, burst: 100, concurrency: 25 },
      retries: { minDelayMs: 60_000, maxDelayMs: 60_000 },
    });
    await client.send(READ, calm());
    server.answer({ status: 503 });
    const stop = new AbortController();

    const calls = Array.from({ length: 25 }, () => failureOf(client.send(READ, stop.signal)));
    const first = await Promise.race(calls);

    expect(first.code).toBe('PROVIDER_DOWN');
    stop.abort(new Error('stopped'));
    await Promise.all(calls);
  });

  test('refuses calls at once, with account, host, cause and the time until the next try', async () => {
    server.answer({ status: 503, body: 'canary body' });
    const client = bench.connect();
    await breakDown(client);
    const sent = server.received.length;

    const error = await failureOf(client.send(READ, calm()));

    expect(server.received).toHaveLength(sent);
    expect(error).toMatchObject({ code: 'PROVIDER_DOWN', retryAfterMs: 875 });
    expect(error.message).toMatch(
      /^Cannot call ListThings of account "north" at 127\.0\.0\.1:\d+: its circuit breaker is open since \S+Z because 20 requests in a row failed, last with status 503 \(status 503\), a cloud that answers was wanted; next try in 1 s$/,
    );
    expect(`${error.message} ${String(error.cause)}`).not.toContain('canary');
  });

  test('probes with one request and goes on with all when it is answered', async () => {
    const events: AccountEvent[] = [];
    server.answer({ status: 503 });
    const client = bench.connect({ onEvent: (event) => void events.push(event) });
    await breakDown(client);
    const sent = server.received.length;
    server.answer({ status: 200, body: '{}' });

    vi.setSystemTime(Date.now() + 1_000);
    await client.send(READ, calm());
    await Promise.all(Array.from({ length: 30 }, () => client.send(READ, calm())));

    expect(server.received).toHaveLength(sent + 31);
    expect(events.filter(({ type }) => type === 'circuit')).toEqual([
      { type: 'circuit', open: true },
      { type: 'circuit', open: false },
    ]);
    expect(events.filter(({ type }) => type === 'waited')).toHaveLength(sent + 31);
  });

  test('sends a single request when the probe fails too', async () => {
    server.answer({ status: 503 });
    const client = bench.connect();
    await breakDown(client);
    const sent = server.received.length;

    vi.setSystemTime(Date.now() + 1_000);
    const errors = await Promise.all(
      Array.from({ length: 30 }, () => failureOf(client.send(READ, calm()))),
    );

    expect(server.received).toHaveLength(sent + 1);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['PROVIDER_DOWN']));
  });

  test.each([404, 409, 429])('never opens for status %i', async (status) => {
    server.answer({ status });
    const client = bench.connect({ retries: { attempts: 1 } });

    const codes = await Promise.all(
      Array.from({ length: 60 }, () =>
        client.send(READ, calm()).then(
          () => 'answer',
          (error: { code: string }) => error.code,
        ),
      ),
    );

    expect(codes).not.toContain('PROVIDER_DOWN');
  });

  test('does not repeat a write whose reply was lost while nothing may be asked', async () => {
    const client = bench.connect();
    await client.send(READ, calm());
    server.answer({ status: 503 });
    for (let call = 0; call < 3; call += 1) await failureOf(client.send(READ, calm()));
    let asked = 0;
    const settled = async (): Promise<boolean> => {
      asked += 1;
      await client.send(READ, calm());
      return false;
    };

    const error = await failureOf(client.send({ ...WRITE, settled }, calm()));

    expect(error.code).toBe('PROVIDER_DOWN');
    expect(asked).toBe(1);
    expect(server.received.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });
});

describe('createHttpClient() with a shared budget', () => {
  test('reserves every request, those of repeats too, and tells when the budget is silent', async () => {
    const events: AccountEvent[] = [];
    const reserved: number[] = [];
    server.answer({ status: 503 }, { status: 503 }, { status: 200, body: '{}' });
    const client = bench.connect({
      onEvent: (event) => void events.push(event),
      reserve: async (count) => {
        reserved.push(count);
        if (reserved.length === 3) throw new Error('down');
        return { waitMs: 0, spacingMs: 1 };
      },
    });

    const response = await client.send(READ, calm());

    expect(response).toMatchObject({ status: 200, attempts: 3 });
    expect(reserved).toEqual([1, 1, 1]);
    expect(events.filter(({ type }) => type === 'budget-silent')).toHaveLength(1);
  });
});
