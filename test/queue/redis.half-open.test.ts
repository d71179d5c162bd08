import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { aWorld, pause, SILENT, unique, until } from './support.ts';

/** A way to Redis that can swallow what its connections carry without closing them, as a lost route does. */
async function proxyTo(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const socket of pair) socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of [...pairs].flat()) socket.destroy();
    server.close();
  });
  const url = new URL(redisUrl);
  // listen() above makes it a TCP address.
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    swallow: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume();
        far.unpipe(near).resume();
      }
    },
  };
}

test('openBackend() gives up connections that carry nothing any more: workers and adds go on', async () => {
  const proxy = await proxyTo(inject('redisUrl'));
  const prefix = `{${unique('tags')}}`;
  const backend = await openBackend(proxy.url, { log: SILENT, prefix, silenceMs: 2_000 });
  const world = aWorld(backend, ['swr']);
  const settings = { ...world.options.settings, drainDelayS: 1 };
  const engine = createEngine({ ...world.options, settings, roles: new Set(['worker']) });
  await engine.start();
  await pause(300);

  proxy.swallow();
  const during = engine.trigger({ account: 'swr', path: 'during' }, 'webhook');
  await expect(during).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await until(
    'an add that is taken',
    async () =>
      await engine.trigger({ account: 'swr', path: 'after' }, 'webhook').then(
        () => true,
        () => false,
      ),
    10_000,
  );
  await until(
    'the pass',
    () => world.requests.some(({ target }) => target.path === 'after'),
    10_000,
  );

  await engine.stop({ graceMs: 1_000 });
  await backend.close();
}, 40_000);
