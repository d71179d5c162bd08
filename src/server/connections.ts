import type { Server } from 'node:http';
import { sourceOf } from './hooks/source.ts';

/** How many connections a server takes at once. */
interface ConnectionLimits {
  readonly most: number;
  /** From one source: nobody keeps all others out by holding connections. */
  readonly mostOfOne: number;
}

/** Hangs up at once on connections beyond the limits. */
export function limitConnections(server: Server, { most, mostOfOne }: ConnectionLimits): void {
  server.maxConnections = most;
  const held = new Map<string, number>();
  server.on('connection', (socket) => {
    const source = sourceOf(socket.remoteAddress ?? '');
    const count = held.get(source) ?? 0;
    if (count >= mostOfOne) {
      socket.destroy();
      return;
    }
    held.set(source, count + 1);
    socket.once('close', () => {
      const left = (held.get(source) ?? 1) - 1;
      if (left === 0) held.delete(source);
      else held.set(source, left);
    });
  });
}
