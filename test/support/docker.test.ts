import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { dockerAnswers } from './docker.ts';

async function withEngine(answer: RequestListener, check: (host: string) => Promise<void>) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await check(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('dockerAnswers() is true for an engine that answers its ping', async () => {
  await withEngine(
    (request, response) => response.writeHead(request.url === '/_ping' ? 200 : 404).end('OK'),
    async (host) => expect(await dockerAnswers({ DOCKER_HOST: host })).toBe(true),
  );
});

test('dockerAnswers() is false for an engine that answers an error', async () => {
  await withEngine(
    (_request, response) => response.writeHead(503).end(),
    async (host) => expect(await dockerAnswers({ DOCKER_HOST: host })).toBe(false),
  );
});

test('dockerAnswers() gives up on an engine that says nothing', async () => {
  await withEngine(
    () => {},
    async (host) => expect(await dockerAnswers({ DOCKER_HOST: host }, 50)).toBe(false),
  );
});

test('dockerAnswers() is false when no engine listens at the socket', async () => {
  expect(await dockerAnswers({ DOCKER_HOST: 'unix:///nonexistent/docker.sock' })).toBe(false);
});
