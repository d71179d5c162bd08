import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import type { Result } from './judge.ts';
import { addressOf } from './source.ts';

/** Something that is answered and never became a request to a hook. */
interface Stray {
  readonly result: Extract<Result, 'malformed' | 'too_large'>;
  readonly source: string;
}

interface StrayOptions {
  /** False: what became of it is told by the request that is under way. */
  readonly isIdle: (socket: Socket) => boolean;
  readonly onStray: (stray: Stray) => void;
  /** Answers a request whose address cannot be read. */
  readonly onBadUrl: (request: FastifyRequest, reply: FastifyReply) => void;
}

interface Ending {
  readonly line: string;
  readonly result: Stray['result'];
}

const MALFORMED: Ending = { line: '400 Bad Request', result: 'malformed' };
const ENDINGS: Readonly<Record<string, Ending>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', result: 'malformed' },
  HPE_HEADER_OVERFLOW: { line: '431 Request Header Fields Too Large', result: 'too_large' },
};

/** Handlers of what the parser refuses: answered without a word of what came, and counted like everything else. */
export function strayHandlers(
  options: StrayOptions,
): Pick<FastifyServerOptions, 'clientErrorHandler' | 'frameworkErrors'> {
  return {
    clientErrorHandler(error, socket) {
      // Whoever hung up hears nothing.
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      const { line, result } = ENDINGS[error.code] ?? MALFORMED;
      if (options.isIdle(socket)) {
        options.onStray({ result, source: addressOf(socket.remoteAddress ?? '') });
      }
      if (socket.writable) {
        socket.write(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      }
      socket.destroy(error);
    },
    frameworkErrors: (_error, request, reply) => options.onBadUrl(request, reply),
  };
}
