import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the road to the other side does. `open`: carries. `black`: accepts and never answers, as a lost route does;
 * connections that lived through it stay dead. `refused`: closes whatever comes.
 */
export type Road = 'open' | 'black' | 'refused';

/** A TCP road that can be made bad. Its address stays the same. */
export interface Proxy {
  readonly url: string;
  /** Connections open at this end. */
  readonly connections: number;
  /** Every piece of data waits this long, in both directions. */
  delayMs: number;
  /** Changes what happens to new and present connections; `open` revives none that was black. */
  set(road: Road): void;
  /** Resets every connection there is (RST); new ones are served. */
  reset(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  dead: boolean;
}

/** Listens on a free port and passes everything on to host and port of `url`; the returned URL names the proxy. */
export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const pairs = new Set<Pair>();
  let road: Road = 'open';
  let delayMs = 0;
  const server = createServer({ noDelay: true }, (near) => {
    if (road === 'refused') {
      near.destroy();
      return;
    }
    const far = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    const pair: Pair = { near, far, dead: road === 'black' };
    pairs.add(pair);
    join(pair, () => delayMs);
    for (const socket of [near, far]) {
      socket.once('close', () => near.closed && far.closed && pairs.delete(pair));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('proxy has no TCP address');
  const own = new URL(url);
  own.host = `127.0.0.1:${address.port}`;
  const end = (how: (socket: Socket) => void): void => {
    for (const { near, far } of pairs) {
      how(near);
      how(far);
    }
  };
  return {
    url: own.href,
    get connections() {
      return pairs.size;
    },
    get delayMs() {
      return delayMs;
    },
    set delayMs(ms) {
      delayMs = ms;
    },
    set(next) {
      road = next;
      if (next === 'black') for (const pair of pairs) pair.dead = true;
      if (next === 'refused') end((socket) => socket.destroy());
    },
    reset: () => end((socket) => socket.resetAndDestroy()),
    async close() {
      end((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function join(pair: Pair, delayMs: () => number): void {
  for (const [from, to] of [
    [pair.near, pair.far],
    [pair.far, pair.near],
  ] as const) {
    void carry(pair, { from, to, delayMs });
    from.on('error', () => undefined);
    // A dead connection keeps its secret: the end of one side is not told to the other.
    from.once('close', () => pair.dead || to.destroy());
  }
}

interface Direction {
  readonly from: Socket;
  readonly to: Socket;
  readonly delayMs: () => number;
}

/** One piece after the other, so that a delay keeps their order. */
async function carry(pair: Pair, { from, to, delayMs }: Direction): Promise<void> {
  try {
    for await (const piece of from) {
      if (delayMs() > 0) await sleep(delayMs());
      if (pair.dead || to.destroyed) continue;
      if (!to.write(piece)) await once(to, 'drain');
    }
  } catch {
    // Cut at one end; the close handlers tell the other one.
  }
}
