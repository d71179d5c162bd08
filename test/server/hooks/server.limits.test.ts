import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, aHook, openHooks, send } from './hook-bench.ts';
import { payloadOf, SENDERS, type Sender, type Sent, signed } from './senders.ts';

const GIB = 1_073_741_824;
const MIB = 1_048_576;

function hmacSender(): Sender {
  const { hmac } = SENDERS;
  if (hmac === undefined) throw new Error('no sender');
  return hmac;
}

/** A raw connection and everything it was sent. */
async function dial(
  url: string,
  localAddress = '127.0.0.1',
): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress });
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
    const { url, asked, handled } = await openHooks([aHook()], {}, timeouts);
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
    expect(handled.map(({ result }) => result).toSorted()).toEqual([
      'malformed',
      'malformed',
      'not_found',
    ]);
  });

  test.each([
    { sources: ['127.0.0.1', '127.0.0.2', '127.0.0.3'], behind: 'no proxy', trustedProxies: [] },
    { sources: ['127.0.0.1'], behind: 'a proxy', trustedProxies: ['127.0.0.1'] },
  ])('startHooks() behind $behind takes no more than 200 connections', async (place) => {
    const { sources, trustedProxies } = place;
    const { url } = await openHooks([aHook()], { trustedProxies });
    let cut = 0;
    const dialed = await Promise.all(
      Array.from({ length: 205 }, async (_, at) => await dial(url, sources[at % sources.length])),
    );
    for (const { socket } of dialed) {
      if (socket.destroyed) cut += 1;
      else socket.once('close', () => (cut += 1));
    }

    await expect.poll(() => cut, { timeout: 5_000 }).toBeGreaterThanOrEqual(5);

    expect(cut).toBe(5);
  });

  test('startHooks() takes no more than 100 connections of one source that is no proxy', async () => {
    const { url, post } = await openHooks([aHook()]);
    const dialed = await Promise.all(Array.from({ length: 105 }, async () => await dial(url)));
    let cut = 0;
    for (const { socket } of dialed) {
      if (socket.destroyed) cut += 1;
      else socket.once('close', () => (cut += 1));
    }
    await expect.poll(() => cut, { timeout: 5_000 }).toBe(5);

    const other = await dial(url, '127.0.0.2');
    other.socket.write('GET /none HTTP/1.1\r\nhost: hooks\r\n\r\n');

    await expect.poll(other.heard).toMatch(/^HTTP\/1.1 404 /);
    await expect(post(signed(hmacSender()))).rejects.toThrow(/reset|hang up|closed/i);
  });

  test.each([
    ['an address that cannot be decoded', 'POST /hooks/%zz HTTP/1.1', 400, 'malformed'],
    ['a URL that is none', 'POST http://x:99999/hooks/one?token=x HTTP/1.1', 400, 'malformed'],
    ['no HTTP', 'x\u0000y', 400, 'malformed'],
    ['a head of 40,000 bytes', `GET /${'x'.repeat(40_000)} HTTP/1.1`, 431, 'too_large'],
  ])('startHooks() counts %s, and says nothing of it', async (_name, line, status, result) => {
    const { url, handled, asked } = await openHooks([aHook()]);
    const { socket, heard } = await dial(url);

    socket.write(
      `${line}\r\nhost: hooks\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));

    expect(heard()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(heard()).not.toMatch(/%zz|xxxx/);
    expect(handled.map((one) => one.result)).toEqual([result]);
    expect(handled[0]?.source).toBe('127.0.0.1');
    expect(asked).toEqual([]);
  });

  test('startHooks() lets no URL that is none pass its limits', async () => {
    const { url, handled } = await openHooks([aHook()]);
    const head =
      'POST http://x:99999/hooks/one HTTP/1.1\r\nhost: hooks\r\ncontent-length: 0\r\n\r\n';
    const { socket, heard } = await dial(url);

    for (let at = 0; at < 150; at += 1) socket.write(head);

    await expect.poll(() => handled.length).toBe(150);
    expect(handled.filter(({ result }) => result === 'rate_limited')).toHaveLength(50);
    expect(heard()).not.toContain('HTTP/1.1 5');
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

    const flood: Answer[] = [];
    for (let round = 0; round < 6; round += 1) {
      const answers = Array.from({ length: 50 }, async () => send(`${url}/hooks/one`, unsigned));
      flood.push(...(await Promise.all(answers)));
    }
    const own = await post(signed(hmacSender(), Buffer.from('{"id":"2","repository":"shop/web"}')));

    const limited = flood.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(200);
    expect(limited[0]?.headers['retry-after']).toBe('1');
    expect(flood.filter(({ status }) => status === 401)).toHaveLength(100);
    expect(own.status).toBe(202);
    expect(handled.filter(({ result }) => result === 'rate_limited')).toHaveLength(200);
  });

  test('startHooks() takes a verified delivery whatever wrong signatures come from the same address', async () => {
    const { post } = await openHooks([aHook()]);
    const wrong = { ...signed(hmacSender()), body: Buffer.from('{"id":"3"}') };
    const own = (id: string, padding = ''): Sent =>
      signed(hmacSender(), Buffer.from(`{"id":"${id}","repository":"shop/web"}${padding}`));
    const long = ' '.repeat(70_000);
    const before = await post(own('1', long));

    const flood = await Promise.all(Array.from({ length: 190 }, async () => await post(wrong)));
    flood.push(...(await Promise.all(Array.from({ length: 190 }, async () => await post(wrong)))));
    const small = await Promise.all(['4', '5', '6'].map(async (id) => await post(own(id))));
    // What proved right gave its tokens back; these take them.
    for (let at = 0; at < 10; at += 1) await post(wrong);
    const after = await post(own('7', long));

    const count = (status: number) => flood.filter((answer) => answer.status === status).length;
    expect(before.status).toBe(202);
    expect([count(401), count(429)]).toEqual([200, 180]);
    expect(small.map(({ status }) => status)).toEqual([202, 202, 202]);
    // What is long is limited before it is read.
    expect(after.status).toBe(429);
  });

  test('startHooks() limits wrong signatures of a source that never proved right before it reads them', async () => {
    const { post } = await openHooks([aHook()]);
    const wrong = { ...signed(hmacSender()), body: Buffer.from('{"id":"3"}') };
    for (let round = 0; round < 2; round += 1)
      await Promise.all(Array.from({ length: 100 }, async () => await post(wrong)));

    const own = await post(signed(hmacSender()));

    expect(own.status).toBe(429);
  });

  test('startHooks() limits a hook without a secret, though its source proved right at another', async () => {
    const open = aHook({ name: 'open', type: 'quay', secrets: [] });
    const { post } = await openHooks([aHook(), open]);
    await post(signed(hmacSender()));

    const answers: Answer[] = [];
    for (let round = 0; round < 3; round += 1) {
      const sent = Array.from(
        { length: 100 },
        async () => await post(signed(hmacSender()), 'open'),
      );
      answers.push(...(await Promise.all(sent)));
    }

    expect(answers.filter(({ status }) => status === 429)).toHaveLength(100);
  });
});
