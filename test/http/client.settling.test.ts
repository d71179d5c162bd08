import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, READ, startBench, WRITE } from './support/bench.ts';
import { calm, failureOf } from './support/failure.ts';
import type { ScriptedServer } from './support/scripted-server.ts';

let bench: Bench;
let server: ScriptedServer;

beforeEach(async () => {
  bench = await startBench();
  server = bench.server;
});

afterEach(() => bench.close());

describe('createHttpClient() on a call that is not idempotent', () => {
  test.each([503, 'reset', 'hang'] as const)(
    'stops when it finds itself settled after %s',
    async (trouble) => {
      server.answer(typeof trouble === 'number' ? { status: trouble } : trouble);

      const response = await bench
        .connect({ timeoutMs: 100 })
        .send({ ...WRITE, settled: async () => true }, calm());

      expect(response).toBeNull();
      expect(server.received).toHaveLength(1);
    },
  );

  test('repeats only after it was found not executed', async () => {
    server.answer({ status: 500 }, { status: 500 }, { status: 204 });
    let asked = 0;

    const response = await bench.connect().send(
      {
        ...WRITE,
        settled: async () => {
          asked += 1;
          return false;
        },
      },
      calm(),
    );

    expect(response).toMatchObject({ status: 204, attempts: 3 });
    expect(asked).toBe(2);
  });

  test('asks once more when the last attempt failed', async () => {
    server.answer({ status: 500 });
    let asked = 0;

    const response = await bench
      .connect()
      .send({ ...WRITE, settled: async () => (asked += 1) === 5 }, calm());

    expect(response).toBeNull();
    expect(server.received).toHaveLength(5);
  });

  test('is never repeated when nobody can tell whether it was executed', async () => {
    server.answer({ status: 500 });

    const error = await failureOf(bench.connect().send(WRITE, calm()));

    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(error.message).toContain('may have been executed');
    expect(server.received).toHaveLength(1);
  });

  test.each([429, 503])(
    'asks again before each repeat, for the world moved while it waited (%i)',
    async (status) => {
      server.answer({ status }, { status }, { status: 204 });
      const asked: boolean[] = [];

      const response = await bench.connect().send(
        {
          ...WRITE,
          settled: async () => {
            asked.push(true);
            return false;
          },
        },
        calm(),
      );

      expect(response).toMatchObject({ status: 204, attempts: 3 });
      expect(asked).toHaveLength(2);
    },
  );

  test('is not repeated after a throttling when somebody else wrote meanwhile', async () => {
    server.answer({ status: 429 }, { status: 204 });

    const sending = bench
      .connect()
      .send({ ...WRITE, settled: () => Promise.reject(new Error('it was moved')) }, calm());

    await expect(sending).rejects.toThrow('it was moved');
    expect(server.received).toHaveLength(1);
  });

  test('is repeated without asking when it was throttled and there is nobody to ask', async () => {
    server.answer({ status: 429 }, { status: 204 });

    expect(await bench.connect().send(WRITE, calm())).toMatchObject({ status: 204, attempts: 2 });
  });

  test('can ask by the same client even when one request may be in flight', async () => {
    server.answer({ status: 500 }, { status: 200, body: '{}' });
    const client = bench.connect({
      limits: { requestsPerSecond: 1_000, burst: 1, concurrency: 1 },
    });

    const response = await client.send(
      { ...WRITE, settled: async (signal) => (await client.send(READ, signal))?.status === 200 },
      calm(),
    );

    expect(response).toBeNull();
  });

  test('fails with the error of the question', async () => {
    server.answer({ status: 500 });

    const sending = bench
      .connect()
      .send({ ...WRITE, settled: () => Promise.reject(new Error('no idea')) }, calm());

    await expect(sending).rejects.toThrow('no idea');
    expect(server.received).toHaveLength(1);
  });
});

describe('createHttpClient() when it is aborted', () => {
  test.each(['hang', { status: 503, headers: { 'Retry-After': '20' } }] as const)(
    'throws CANCELLED soon (%o)',
    async (answer) => {
      server.answer(answer);
      const startedMs = Date.now();

      const error = await failureOf(
        bench.connect({ timeoutMs: 20_000 }).send(READ, AbortSignal.timeout(50)),
      );

      expect(error.code).toBe('CANCELLED');
      expect(Date.now() - startedMs).toBeLessThan(2_000);
    },
  );

  test('throws CANCELLED while it waits for its turn', async () => {
    server.answer({ status: 200, body: '{}' });
    const client = bench.connect({
      limits: { requestsPerSecond: 0.001, burst: 1, concurrency: 1 },
    });
    await client.send(READ, calm());

    const error = await failureOf(client.send(READ, AbortSignal.timeout(20)));

    expect(error.code).toBe('CANCELLED');
    expect(server.received).toHaveLength(1);
  });

  test('sends nothing for a signal that is already aborted', async () => {
    const error = await failureOf(bench.connect().send(READ, AbortSignal.abort()));

    expect(error.code).toBe('CANCELLED');
    expect(server.received).toHaveLength(0);
  });
});
