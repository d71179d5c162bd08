import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Incoming } from './exchange.ts';
import { parseRequestTarget } from './request-target.ts';

/** One listening port. */
export interface Listener {
  /** `http://host:port`, without a final slash. */
  readonly url: string;
  /** Cuts every connection, hanging ones included. */
  readonly close: () => Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly answer: (incoming: Incoming, response: ServerResponse) => Promise<void>;
}

/** Starts a server that hands each request over with its body read. */
export async function listen({ host, port, answer }: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    readIncoming(message)
      .then((incoming) => answer(incoming, response))
      .catch((error: unknown) => answerFailure(error, response));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const address = await startListening(server, host, port);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () => stopListening(server, sockets),
  };
}

async function startListening(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error(`Cannot listen on "${host}:${port}": the server has no TCP address`);
  }
  return address;
}

async function stopListening(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

async function readIncoming(message: IncomingMessage): Promise<Incoming> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  const rawTarget = message.url ?? '/';
  return {
    method: message.method ?? 'GET',
    rawTarget,
    ...parseRequestTarget(rawTarget),
    headers: message.headers,
    body: Buffer.concat(chunks),
    requestId: randomUUID().split('-').join(''),
  };
}

/** A caller that hung up needs no answer; anything else is a defect of the simulator itself. */
function answerFailure(error: unknown, response: ServerResponse): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  response.writeHead(500, { 'content-type': 'text/plain' }).end(`Simulator defect: ${text}`);
}
