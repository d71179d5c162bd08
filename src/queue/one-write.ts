import type { Redis } from 'ioredis';

/**
 * Sends what one turn of the event loop asks a Redis for in one write, at the end of the turn: with many passes under way
 * that is many commands, and a write to the socket costs more than most of them. Each stays a command of its own.
 */
export function writeOnceATurn(connection: Redis): void {
  const wrap = (): void => gatherWrites(connection.stream);
  if (connection.status === 'connect' || connection.status === 'ready') wrap();
  // Each connection has a socket of its own.
  connection.on('connect', wrap);
}

/** Not by cork(): writing many short texts at once costs as much as one after the other. */
function gatherWrites(socket: Redis['stream']): void {
  const write = socket.write.bind(socket);
  const end = socket.end.bind(socket);
  let parts: Buffer[] = [];
  let text = '';
  let isDue = false;
  const flush = (): void => {
    isDue = false;
    const [sent, rest] = [parts, text];
    parts = [];
    text = '';
    if (sent.length > 0) write(Buffer.concat([...sent, Buffer.from(rest)]));
    else if (rest !== '') write(rest);
  };
  const gather = (chunk: string | Buffer): boolean => {
    if (typeof chunk === 'string') text += chunk;
    else {
      parts.push(Buffer.from(text), chunk);
      text = '';
    }
    if (!isDue) setImmediate(flush);
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
