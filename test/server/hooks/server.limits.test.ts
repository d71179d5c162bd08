import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aHook, openHooks, send } from './hook-bench.ts';
import { payloadOf, SENDERS, type Sender, signed } from './senders.ts';

const GIB = 1_073_741_824;
const MIB = 1_048_576;

function hmacSender(): Sender {
  const { hmac } = SENDERS;
  if (hmac === undefined) throw new Error('no sender');
  return hmac;
}

/** A raw connection and everything it was sent. */
async function dial(url: string): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  // To be cut off is what these tests are about.
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, heard: () => text };
}

function head(extra: readonly string[], body = payloadOf(hmacSender())): string {
  const { lines } = signed(hmacSender(), body);
  const headers = [...lines.map(([name, value]) => `${name}: ${value}`), ...extra];
  return ['POST /hooks/one HTTP/1.1', 'host: hooks', ...headers, '', ''].join('\r\n');
}

describe('startHooks()', () => {
  test('startHooks() cuts a chunked body of 10 GB at the cap and grows by no more than 20 MiB', async () => {
    const { url, asked, handled } = await openHooks([aHook()]);
    const { socket, heard } = await dial(url);
    const chunk = Buffer.alloc(65_536, 0x20);
    const framed = Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')]);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let sent = 0;
    let highest = before;

    socket.write(head(['transfer-encoding: chunked']));
    while (sent < 10 * GIB && !socket.destroyed && socket.writable) {
      const isTaken = socket.write(framed);
      sent += chunk.length;
      highest = Math.max(highest, process.memoryUsage().rss);
      if (!isTaken) {
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
      }
    }

    expect(socket.destroyed || !socket.writable).toBe(true);
    expect(sent).toBeLessThan(64 * MIB);
    expect((highest - before) / MIB).toBeLessThan(20);
    expect(asked).toEqual([]);
    expect(handled.map(({ result }) => result)).toEqual(['too_large']);
    expect(heard()).toMatch(/^(?:HTTP\/1.1 413 |$)/);
  });

  test('startHooks() refuses a declared body above the cap before it reads one byte', async () => {
    const { url, handled } = await openHooks([aHook()]);
    const { socket, heard } = await dial(url);

    socket.write(head([`content-length: ${10 * GIB}`]));
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));

    expect(heard()).toMatch(/^HTTP\/1.1 413 /);
    expect(handled.map(({ result }) => result)).toEqual(['too_large']);
  });

  test('startHooks() takes a body of exactly 1 MiB and none of one byte more', async () => {
    const { post } = await openHooks([aHook()]);
    const padded = (size: number): Buffer => {
      const body = payloadOf(hmacSender());
      return Buffer.concat([body, Buffer.alloc(size - body.length, 0x20)]);
    };

    const exact = await post(signed(hmacSender(), padded(MIB)));
    const above = await post(signed(hmacSender(), padded(MIB + 1)));

    expect(exact.status).toBe(202);
    expect(above.status).toBe(413);
  });

  test.each(['gzip', 'br', 'deflate', 'identity'])(
    'startHooks() refuses the content encoding %s',
    async (encoding) => {
      const { post, asked } = await openHooks([aHook()]);
      const sent = signed(hmacSender(), gzipSync(payloadOf(hmacSender())));

      const answer = await post({
        ...sent,
        lines: [...sent.lines, ['content-encoding', encoding]],
      });

      expect(answer.status).toBe(415);
      expect(asked).toEqual([]);
    },
  );

  test('startHooks() hangs up on headers and on bodies that trickle in', async () => {
    const timeouts = { headersMs: 200, requestMs: 400, idleMs: 300, checkMs: 50 };
    const { url, asked } = await openHooks([aHook()], {}, timeouts);
    const [slowHead, slowBody, idle] = await Promise.all([dial(url), dial(url), dial(url)]);
    const trickle = setInterval(() => {
      for (const { socket } of [slowHead, slowBody]) socket.write('x');
    }, 20);
    onTestFinished(() => clearInterval(trickle));
    const closed = [slowHead, slowBody, idle].map(
      async ({ socket }) =>
        await new Promise<number>((resolve) => {
          socket.once('close', () => resolve(performance.now()));
        }),
    );
    const startedAt = performance.now();

    slowHead.socket.write('POST /hooks/one HTTP/1.1\r\nhost: hooks\r\nx-a: ');
    slowBody.socket.write(head(['content-length: 1000']));
    idle.socket.write(`GET /none HTTP/1.1\r\nhost: hooks\r\n\r\n`);

    for (const at of await Promise.all(closed)) expect(at - startedAt).toBeLessThan(3_000);
    expect(slowHead.heard()).toMatch(/^HTTP\/1.1 408 /);
    expect(slowBody.heard()).toMatch(/^HTTP\/1.1 408 /);
    expect(idle.heard()).toMatch(/^HTTP\/1.1 404 /);
    expect(asked).toEqual([]);
  });

  test('startHooks() takes no more than 200 connections', async () => {
    const { url } = await openHooks([aHook()]);
    let cut = 0;
    const dialed = await Promise.all(Array.from({ length: 205 }, async () => await dial(url)));
    for (const { socket } of dialed) {
      if (socket.destroyed) cut += 1;
      else socket.once('close', () => (cut += 1));
    }

    await expect.poll(() => cut, { timeout: 5_000 }).toBeGreaterThanOrEqual(5);

    expect(cut).toBe(5);
  });

  test('startHooks() refuses 32 KiB of headers', async () => {
    const { post } = await openHooks([aHook()]);
    const sent = signed(hmacSender());

    const answer = await post({ ...sent, lines: [...sent.lines, ['x-long', 'x'.repeat(33_000)]] });

    expect(answer.status).toBe(431);
  });

  test('startHooks() limits what forgers cost, and lets a sender through that proved right', async () => {
    const { url, post, handled } = await openHooks([aHook()]);
    const unsigned = {
      lines: [['content-type', 'application/json']] as const,
      body: Buffer.from('{}'),
    };
    await post(signed(hmacSender()));

    const flood = await Promise.all(
      Array.from({ length: 300 }, async () => await send(`${url}/hooks/one`, unsigned)),
    );
    const own = await post(signed(hmacSender(), Buffer.from('{"id":"2","repository":"shop/web"}')));

    const limited = flood.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(200);
    expect(limited[0]?.headers['retry-after']).toBe('1');
    expect(flood.filter(({ status }) => status === 401)).toHaveLength(100);
    expect(own.status).toBe(202);
    expect(handled.filter(({ result }) => result === 'rate_limited')).toHaveLength(200);
  });
});
