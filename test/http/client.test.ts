import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RequestEvent } from '../../src/http/client.ts';
import { type Bench, READ, startBench, WRITE } from './support/bench.ts';
import { calm, failureOf } from './support/failure.ts';
import type { ScriptedServer } from './support/scripted-server.ts';

const UNAVAILABLE = { status: 503, headers: { 'x-request-id': 'r-1' }, body: 'canary body' };

let bench: Bench;
let server: ScriptedServer;

beforeEach(async () => {
  bench = await startBench();
  server = bench.server;
});

afterEach(() => bench.close());

describe('createHttpClient()', () => {
  test('sends exactly what the wire returned and hands back the answer', async () => {
    server.answer({ status: 404, headers: { 'X-Note': 'yes' }, body: '{"a":1}' });
    const body = '{"tag": "ä" }';

    const response = await bench.connect().send({ ...WRITE, method: 'POST', body }, calm());

    expect(response).toMatchObject({ status: 404, text: '{"a":1}', attempts: 1 });
    expect(response?.headers['x-note']).toBe('yes');
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ method: 'POST', target: '/v2/things/a%2Fb', body });
    expect(server.received[0]?.headers['authorization']).toBe('canary-credential');
  });

  test('puts the path of the endpoint before its own', async () => {
    await bench.connect({ endpoint: `${server.url}/cloud/a` }).send(READ, calm());

    expect(server.received[0]?.target).toBe('/cloud/a/v2/things?page=canary%20query');
  });

  test.each([408, 425, 429, 500, 502, 503, 504])(
    'repeats a read after status %i',
    async (status) => {
      server.answer({ status }, { status }, { status: 200, body: '[]' });

      const response = await bench.connect().send(READ, calm());

      expect(response).toMatchObject({ status: 200, attempts: 3 });
    },
  );

  test.each([400, 401, 403, 404, 409, 412, 413, 422])(
    'takes status %i as an answer',
    async (status) => {
      server.answer({ status });

      const response = await bench.connect().send(READ, calm());

      expect(response?.status).toBe(status);
      expect(server.received).toHaveLength(1);
    },
  );

  test('follows no redirect', async () => {
    server.answer({ status: 307, headers: { location: '/elsewhere' } });

    const response = await bench.connect().send(READ, calm());

    expect(response?.status).toBe(307);
    expect(server.received).toHaveLength(1);
  });

  test.each(['hang', 'drip', 'reset'] as const)('repeats a read after %s', async (trouble) => {
    server.answer(trouble, { status: 200, body: '[]' });

    const response = await bench.connect({ timeoutMs: 100 }).send(READ, calm());

    expect(response).toMatchObject({ status: 200, attempts: 2 });
  });

  test.each(['<html></html>', '{"tags":['])('repeats a read that answered %s', async (body) => {
    server.answer({ status: 200, body }, { status: 200, body: '{}' });

    expect(await bench.connect().send(READ, calm())).toMatchObject({ text: '{}', attempts: 2 });
  });

  test('gives up after five requests with account, host and request id, and without secrets', async () => {
    server.answer(UNAVAILABLE);

    const error = await failureOf(bench.connect().send(READ, calm()));

    expect(server.received).toHaveLength(5);
    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(error.message).toBe(
      `Cannot call ListThings of account "north" at ${server.host}: status 503 request r-1 (status 503) after 5 requests, an answer was wanted`,
    );
    expect(`${error.message} ${String(error.cause)}`).not.toContain('canary');
  });

  test('sleeps as long as Retry-After asks', async () => {
    server.answer({ status: 503, headers: { 'Retry-After': '1' } }, { status: 200, body: '{}' });
    const startedMs = Date.now();

    await bench.connect().send(READ, calm());

    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(995);
  });

  test.each([
    [429, 'PROVIDER_THROTTLED', '120', 120_000],
    [503, 'PROVIDER_UNAVAILABLE', '120', 120_000],
    [429, 'PROVIDER_THROTTLED', '86400', 900_000],
  ])('hands a long wait up: %i with Retry-After', async (status, code, header, retryAfterMs) => {
    server.answer({ status, headers: { 'Retry-After': header } });

    const error = await failureOf(bench.connect().send(READ, calm()));

    expect(error).toMatchObject({ code, retryAfterMs });
    expect(server.received).toHaveLength(1);
  });

  test('reports a cloud that does not listen', async () => {
    await server.close();

    const error = await failureOf(bench.connect().send(READ, calm()));

    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(error.message).toContain('ECONNREFUSED after 5 requests');
  });

  test('refuses an answer above the size limit without asking again', async () => {
    server.answer({ status: 200, body: `["${'x'.repeat(5_000)}"]` });

    const error = await failureOf(bench.connect({ maxResponseBytes: 1_000 }).send(READ, calm()));

    expect(error.code).toBe('LISTING_INCOMPLETE');
    expect(server.received).toHaveLength(1);
  });

  test.each(['', '.', '..'])('refuses the path part "%s" before any request', async (segment) => {
    const error = await failureOf(
      bench.connect().send({ ...WRITE, segments: ['v2', segment] }, calm()),
    );

    expect(error.code).toBe('PROVIDER_REJECTED');
    expect(server.received).toHaveLength(0);
  });

  test('refuses a header that HTTP does not allow without asking again', async () => {
    const error = await failureOf(
      bench.connect().send({ ...READ, headers: { 'X-Note': 'a\nb' } }, calm()),
    );

    expect(error.code).toBe('PROVIDER_REJECTED');
  });

  test('can be closed twice', async () => {
    const client = bench.connect();
    await client.send(READ, calm());

    await Promise.all([client.close(), client.close()]);

    expect((await failureOf(client.send(READ, calm()))).code).toBe('CANCELLED');
  });

  test('tells about each request', async () => {
    const events: RequestEvent[] = [];
    server.answer('reset', { status: 503 }, { status: 200, body: '{}' });

    await bench.connect({ onRequest: (event) => events.push(event) }).send(READ, calm());

    expect(events).toMatchObject([
      { operation: 'ListThings', method: 'GET', status: null, attempt: 1, code: 'ECONNRESET' },
      { status: 503, attempt: 2, code: null },
      { status: 200, attempt: 3, code: null },
    ]);
  });

  test('keeps connections alive', async () => {
    const client = bench.connect();

    await client.send(READ, calm());
    await client.send(READ, calm());

    expect(server.received[1]?.headers['connection']).toBe('keep-alive');
  });

  test('reports an unreadable CA file as a configuration error', () => {
    expect(() => bench.connect({ caFile: '/nowhere/ca.pem' })).toThrow('Cannot read tls.caFile');
  });

  test('accepts a CA file', async () => {
    const caFile = join(mkdtempSync(join(tmpdir(), 'tagwarden-')), 'ca.pem');
    writeFileSync(caFile, '');

    expect((await bench.connect({ caFile }).send(READ, calm()))?.status).toBe(200);
  });

  test('stays within the budget while a third of a fleet meets 503', async () => {
    const answers = Array.from({ length: 300 }, (_, index) => ({
      status: index % 3 === 2 ? 503 : 200,
      body: '{}',
    }));
    server.answer(...answers);
    const sentMs: number[] = [];
    const client = bench.connect({
      limits: { requestsPerSecond: 100, burst: 10, concurrency: 50 },
      onRequest: () => sentMs.push(performance.now()),
    });

    await client.send(READ, calm());
    await Promise.allSettled(Array.from({ length: 90 }, () => client.send(READ, calm())));

    const most = Math.max(
      ...sentMs.map((from) => sentMs.filter((at) => at >= from && at < from + 1_000).length),
    );
    expect(sentMs.length).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(120);
  });
});
