import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Proxy, startProxy } from './proxy.ts';

describe('startProxy()', () => {
  let proxy: Proxy;

  beforeEach(async () => {
    const echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    proxy = await startProxy(`redis://127.0.0.1:${address.port}`);
    onTestFinished(async () => {
      await proxy.close();
      echo.close();
    });
  });

  async function dial(): Promise<Socket> {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /** What comes back on a connection within 200 ms; null: nothing. */
  async function say(socket: Socket, text: string): Promise<string | null> {
    const answer = once(socket, 'data').then(([data]) => String(data));
    socket.write(text);
    return await Promise.race([answer, sleep(200, null)]);
  }

  test('carries what is said in both directions', async () => {
    expect(await say(await dial(), 'hello')).toBe('hello');
  });

  test('delays each piece by the time asked for, there and back', async () => {
    const socket = await dial();
    proxy.delayMs = 40;
    const startedAt = performance.now();

    expect(await say(socket, 'hello')).toBe('hello');
    expect(performance.now() - startedAt).toBeGreaterThan(75);
  });

  test('accepts and never answers while it is black, and leaves those connections dead', async () => {
    const early = await dial();
    proxy.set('black');
    const late = await dial();
    const during = [await say(early, 'one'), await say(late, 'two')];

    proxy.set('open');
    const healed = await dial();

    expect(during).toEqual([null, null]);
    expect([await say(early, 'three'), await say(late, 'four')]).toEqual([null, null]);
    expect(early.closed || late.closed).toBe(false);
    expect(await say(healed, 'five')).toBe('five');
  });

  test('resets every connection there is, and serves new ones', async () => {
    const socket = await dial();
    await say(socket, 'hello');
    const ended = once(socket, 'close').then(
      () => 'closed',
      (error: Error) => error.message,
    );

    proxy.reset();

    expect(await ended).toContain('ECONNRESET');
    expect(await say(await dial(), 'again')).toBe('again');
  });

  test('closes what comes while it refuses', async () => {
    const before = await dial();
    await say(before, 'hello');
    const closed = once(before, 'close');

    proxy.set('refused');
    const refused = await dial();
    await Promise.all([closed, once(refused, 'close')]);

    expect(proxy.connections).toBe(0);
  });
});
