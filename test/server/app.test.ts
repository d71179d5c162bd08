import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ServerParts, startServer } from '../../src/server/app.ts';

const PARTS: ServerParts = {
  notReady: () => null,
  hasStarted: () => true,
  checks: async () => [],
  newId: () => 'request-1',
  scrub: (text) => text,
  api: null,
  metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
};

async function serve(parts: Partial<ServerParts> = {}) {
  const server = await startServer({ host: '127.0.0.1', port: 0 }, { ...PARTS, ...parts });
  onTestFinished(async () => await server.close());
  return server;
}

describe('startServer()', () => {
  test('startServer() says it is alive even when it is not ready', async () => {
    const { url } = await serve({ notReady: () => 'draining' });

    const answer = await fetch(`${url}/livez`);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  test('startServer() turns readiness on and off with its reason', async () => {
    const state: { reason: string | null } = { reason: 'starting' };
    const { url } = await serve({ notReady: () => state.reason });

    const before = await fetch(`${url}/readyz`);
    state.reason = null;
    const after = await fetch(`${url}/readyz`);

    expect(before.status).toBe(503);
    expect(await before.json()).toEqual({ status: 'unavailable', reason: 'starting' });
    expect(after.status).toBe(200);
    expect(await after.json()).toEqual({ status: 'ok' });
  });

  test.each(['/metrics', '/readyz?verbose'])(
    'startServer() asks store and queue once for all who ask for %s meanwhile',
    async (path) => {
      let rounds = 0;
      const slowly = async <T>(answer: T): Promise<T> => {
        rounds += 1;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return answer;
      };
      const { url } = await serve({
        metrics: async () => await slowly({ contentType: 'text/plain', text: 'up 1' }),
        checks: async () => await slowly([]),
      });

      const answers = await Promise.all(
        Array.from({ length: 20 }, async () => (await fetch(`${url}${path}`)).status),
      );

      expect(new Set(answers)).toEqual(new Set([200]));
      expect(rounds).toBe(1);
    },
  );

  test('startServer() lists its checks for who asks, whatever they say', async () => {
    const check = { name: 'queue', status: 'warning', detail: 'does not answer' } as const;
    const { url } = await serve({ checks: async () => [check] });

    const answer = await fetch(`${url}/readyz?verbose`);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok', checks: [check] });
  });

  test.each([
    { hasStarted: true, status: 200 },
    { hasStarted: false, status: 503 },
  ])('startServer() answers /startupz with $status', async ({ hasStarted, status }) => {
    const { url } = await serve({ hasStarted: () => hasStarted, notReady: () => 'draining' });

    const answer = await fetch(`${url}/startupz`);

    expect(answer.status).toBe(status);
  });

  test('startServer() serves metrics in the content type they come in', async () => {
    const { url } = await serve();

    const answer = await fetch(`${url}/metrics`);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
    expect(await answer.text()).toBe('up 1\n');
  });

  test('startServer() answers 500 without a word of what failed', async () => {
    const { url } = await serve({
      metrics: async () => await Promise.reject(new Error('redis://:hunter2@queue refused')),
    });

    const answer = await fetch(`${url}/metrics`);

    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ status: 'error' });
  });

  test.each([
    { method: 'GET', path: '/', status: 404 },
    { method: 'POST', path: '/readyz', status: 404 },
    { method: 'HEAD', path: '/livez', status: 200 },
  ])('startServer() answers $method $path with $status', async ({ method, path, status }) => {
    const { url } = await serve();

    const answer = await fetch(`${url}${path}`, { method });

    expect(answer.status).toBe(status);
  });

  test('startServer() refuses a port that is taken, naming it', async () => {
    const { url } = await serve();
    const port = Number(new URL(url).port);

    await expect(startServer({ host: '127.0.0.1', port }, PARTS)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `Cannot listen on "127.0.0.1:${port}": EADDRINUSE, wanted a free address of this machine (server.host and server.port)`,
    });
  });

  test('close() stops listening although a client keeps its connection', async () => {
    const server = await startServer({ host: '127.0.0.1', port: 0 }, PARTS);
    await (await fetch(`${server.url}/livez`)).text();

    await server.close();

    await expect(fetch(`${server.url}/livez`)).rejects.toThrow('fetch failed');
  });

  test('close() does not wait for a client that never ends its request', async () => {
    const server = await startServer({ host: '127.0.0.1', port: 0 }, PARTS);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
    await (await fetch(`${server.url}/livez`)).text();
    const startedAt = performance.now();

    await server.close();

    expect(performance.now() - startedAt).toBeLessThan(3_000);
    socket.destroy();
  });
});
