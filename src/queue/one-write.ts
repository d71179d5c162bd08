import type { Redis } from 'ioredis';

/**
 * Sends what one turn of the event loop asks a Redis for in one write, at the end of the turn: with many passes under way
 * that is many commands, and a write to the socket costs more than most of them. Each stays a command of its own.
 */
export function writeOnceATurn(connection: Redis): void {
  writeLater(connection, setImmediate);
}

/** Sends what is asked for at once in one write: who gathers by himself has waited for the end of a turn already. */
export function writeOnceATick(connection: Redis): void {
  writeLater(connection, (work) => process.nextTick(work));
}

type Later = (work: () => void) => unknown;

function writeLater(connection: Redis, later: Later): void {
  const wrap = (): void => gatherWrites(connection.stream, later);
  if (connection.status === 'connect' || connection.status === 'ready') wrap();
  // Each connection has a socket of its own.
  connection.on('connect', wrap);
}

/** Not by cork(): writing many short texts at once costs as much as one after the other. */
function gatherWrites(socket: Redis['stream'], later: Later): void {
  const write = socket.write.bind(socket);
  const end = socket.end.bind(socket);
  let chunks: (string | Buffer)[] = [];
  let isDue = false;
  const flush = (): void => {
    isDue = false;
    const sent = chunks;
    chunks = [];
    const [first, second] = sent;
    if (first !== undefined) write(second === undefined ? first : join(sent));
  };
  const gather = (chunk: string | Buffer): boolean => {
    chunks.push(chunk);
    if (!isDue) later(flush);
    isDue = true;
    return !socket.writableNeedDrain;
  };
  // Who hangs up in the same turn does so behind what was asked.
  const hangUp = (...last: unknown[]): unknown => {
    flush();
    return Reflect.apply(end, socket, last);
  };
  Object.assign(socket, { write: gather, end: hangUp });
}

/** Written into one buffer as they are, for a buffer of each text would be one more copy. */
function join(chunks: readonly (string | Buffer)[]): Buffer {
  let length = 0;
  for (const chunk of chunks) length += Buffer.byteLength(chunk);
  const all = Buffer.allocUnsafe(length);
  let at = 0;
  for (const chunk of chunks) {
    at += typeof chunk === 'string' ? all.write(chunk, at) : chunk.copy(all, at);
  }
  return all;
}
