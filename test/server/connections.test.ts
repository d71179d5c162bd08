import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { limitConnections } from '../../src/server/connections.ts';

/** A server with these limits, and who dials it from an address of this machine. */
async function serve(limits: { readonly most: number; readonly mostOfOne: number }) {
  const server = createServer((_request, response) => void response.end('ok'));
  limitConnections(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** True: an answer came. */
  return async (localAddress: string): Promise<{ socket: Socket; isServed: boolean }> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const isServed = await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
    return { socket, isServed };
  };
}

test('limitConnections() leaves room for others whatever one source holds', async () => {
  const dial = await serve({ most: 5, mostOfOne: 3 });

  const greedy = [];
  for (let at = 0; at < 10; at += 1) greedy.push((await dial('127.0.0.1')).isServed);
  const other = await dial('127.0.0.2');

  expect(greedy.filter((isServed) => isServed)).toHaveLength(3);
  expect(other.isServed).toBe(true);
});

test('limitConnections() counts those that are open, not those that were', async () => {
  const dial = await serve({ most: 5, mostOfOne: 1 });

  const served = [];
  for (let at = 0; at < 5; at += 1) {
    const { socket, isServed } = await dial('127.0.0.1');
    served.push(isServed);
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  expect(served).toEqual([true, true, true, true, true]);
});
