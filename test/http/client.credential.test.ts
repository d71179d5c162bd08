import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { classifyStatus } from '../../src/http/classification.ts';
import type { Wire } from '../../src/http/request.ts';
import { type Bench, READ, startBench, WIRE } from './support/bench.ts';
import { calm, failureOf } from './support/failure.ts';
import type { ScriptedServer } from './support/scripted-server.ts';

let bench: Bench;
let server: ScriptedServer;

beforeEach(async () => {
  bench = await startBench();
  server = bench.server;
});

afterEach(() => bench.close());

describe('createHttpClient() with a credential', () => {
  const refusing: Wire = {
    ...WIRE,
    classify: (response) =>
      response.status === 401
        ? { type: 'rejected', detail: 'a bad key' }
        : classifyStatus(response),
  };

  test('sends one request for 500 first calls with a bad key', async () => {
    server.answer({ status: 401 });
    const client = bench.connect({ wire: refusing });

    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () => failureOf(client.send(READ, calm()))),
    );

    expect(server.received).toHaveLength(1);
    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['PROVIDER_AUTH']));
    expect(outcomes[0]?.message).toContain('Cannot sign in to account "north"');
  });

  test('asks again after five minutes', async () => {
    let nowMs = Date.now();
    server.answer({ status: 401 }, { status: 200, body: '{}' });
    const client = bench.connect({ wire: refusing, now: () => new Date(nowMs) });
    await failureOf(client.send(READ, calm()));
    await failureOf(client.send(READ, calm()));

    nowMs += 300_000;
    const response = await client.send(READ, calm());

    expect(response?.status).toBe(200);
    expect(server.received).toHaveLength(2);
  });

  test('renews an expired credential once and then gives up', async () => {
    server.answer({ status: 401 });
    let renewals = 0;
    const expiring: Wire = {
      ...WIRE,
      classify: () => ({ type: 'expired' }),
      renew: () => (renewals += 1) > 0,
    };

    const error = await failureOf(bench.connect({ wire: expiring }).send(READ, calm()));

    expect(error.code).toBe('PROVIDER_AUTH');
    expect(server.received).toHaveLength(2);
  });

  test('throws PROVIDER_AUTH when there is nothing to renew', async () => {
    server.answer({ status: 401 });
    const expiring: Wire = { ...WIRE, classify: () => ({ type: 'expired' }) };

    const error = await failureOf(bench.connect({ wire: expiring }).send(READ, calm()));

    expect(error.code).toBe('PROVIDER_AUTH');
    expect(server.received).toHaveLength(1);
  });

  test('holds back what was waiting for its turn when a good key is revoked', async () => {
    server.answer({ status: 200, body: '{}' }, { status: 401 });
    const client = bench.connect({
      wire: refusing,
      limits: { requestsPerSecond: 1_000, burst: 100, concurrency: 2 },
    });
    await client.send(READ, calm());

    await Promise.all(Array.from({ length: 20 }, () => failureOf(client.send(READ, calm()))));

    expect(server.received.length).toBeLessThanOrEqual(3);
  });
});
