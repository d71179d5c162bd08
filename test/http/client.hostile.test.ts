import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, READ, startBench, WRITE } from './support/bench.ts';
import { calm, failureOf } from './support/failure.ts';
import { waitUntil } from './support/wait.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

describe('createHttpClient() with a hostile server', () => {
  test('cuts an endless body without a length at the size limit', async () => {
    const endless = await startEndless();
    const client = bench.connect({ endpoint: endless.url, maxResponseBytes: 100_000 });

    const error = await failureOf(client.send(READ, calm()));
    await waitUntil(() => endless.open() === 0);
    await client.close();
    await endless.close();

    expect(error.code).toBe('LISTING_INCOMPLETE');
    expect(endless.sentBytes()).toBeLessThan(20_000_000);
  });

  test('never unpacks a body, so that a small one cannot become a large one', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' ')).toString('latin1');
    bench.server.answer({ status: 200, headers: { 'Content-Encoding': 'gzip' }, body: bomb });

    const error = await failureOf(bench.connect({ maxResponseBytes: 100_000 }).send(READ, calm()));

    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(bench.server.received[0]?.headers['accept-encoding']).toBeUndefined();
  });

  test('hands a redirect back unfollowed, whatever it points at', async () => {
    bench.server.answer({ status: 307, headers: { Location: 'http://169.254.169.254/' } });

    expect(await bench.connect().send(READ, calm())).toMatchObject({ status: 307, attempts: 1 });
  });
});

describe('createHttpClient() with hostile names', () => {
  test.each(['a\r\nX-Evil: 1', 'a b HTTP/1.1', '../../admin', '%2e%2e', '\0', '?x=1#y', 'é/ü'])(
    'sends the segment %j as one segment and as nothing else',
    async (segment) => {
      await bench.connect().send({ ...READ, query: [], segments: ['v2', segment, 'tags'] }, calm());

      const { target, headers } = bench.server.received[0] ?? { target: '', headers: {} };
      expect(target.split('/')).toHaveLength(4);
      expect(decodeURIComponent(target.split('/')[2] ?? '')).toBe(segment);
      expect(headers).not.toHaveProperty('x-evil');
    },
  );

  test.each([
    { ...WRITE, segments: ['v2', '\ud800'] },
    { ...READ, query: [['page', 'a\udfff']] as const },
  ])(
    'refuses half of a surrogate pair, which would arrive as another name (%#)',
    async (request) => {
      const error = await failureOf(bench.connect().send(request, calm()));

      expect(error.code).toBe('PROVIDER_REJECTED');
      expect(error.message).toContain('not valid Unicode');
      expect(bench.server.received).toHaveLength(0);
    },
  );
});

describe('createHttpClient() after aborts', () => {
  test('keeps no connection and no slot of 100 calls that were aborted in flight', async () => {
    const sink = await startSink();
    const limits = { requestsPerSecond: 10_000, burst: 1_000, concurrency: 10 };
    const client = bench.connect({ endpoint: sink.url, limits, timeoutMs: 5_000 });

    await client.send(READ, calm());
    for (let round = 0; round < 10; round += 1) {
      const stop = new AbortController();
      const calls = Array.from({ length: 10 }, () => failureOf(client.send(READ, stop.signal)));
      await waitUntil(() => sink.requests() === 1 + (round + 1) * 10);
      stop.abort();
      await Promise.all(calls);
    }
    await waitUntil(() => sink.open() === 0);
    await client.close();
    await sink.close();

    expect(sink.most()).toBeLessThanOrEqual(20);
  });
});

interface RawServer {
  readonly url: string;
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

/** Answers with a body that never ends. */
async function startEndless(): Promise<RawServer & { readonly sentBytes: () => number }> {
  let sentBytes = 0;
  const chunk = ' '.repeat(65_536);
  const server = createServer((_request, response) => {
    const push = (): void => {
      while (!response.destroyed) {
        sentBytes += chunk.length;
        if (!response.write(chunk)) break;
      }
    };
    response.on('drain', push);
    push();
  });
  return { ...(await listen(server)), sentBytes: () => sentBytes };
}

/** Answers the first request, which proves the credential, and then no more. */
async function startSink(): Promise<
  RawServer & { readonly requests: () => number; readonly most: () => number }
> {
  let requests = 0;
  let most = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    most = Math.max(most, raw.open());
    if (requests === 1) response.end('{}');
  });
  const raw = await listen(server);
  return { ...raw, requests: () => requests, most: () => most };
}

async function listen(server: Server): Promise<RawServer> {
  let open = 0;
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    open: () => open,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
