import { pino } from 'pino';
import type { LogLevel } from '../model/log-level.ts';
import type { Scrubber } from './scrub.ts';

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** Structured log: facts are fields, the message is a constant. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  child(fields: Readonly<Record<string, unknown>>): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Constant fields of every line, such as version and role. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly scrubber: Scrubber;
  /** Receives each finished line, newline included. */
  readonly write: (line: string) => void;
}

/** pino writing JSON lines; every line passes the scrubber whole, as the last step. */
export function createLog({ level, fields, scrubber, write }: LogOptions): Log {
  const logger = pino(
    { level, base: { service: 'tagwarden', ...fields }, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => write(scrubber.scrub(line)) },
  );
  return fromPino(logger);
}

function fromPino(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => fromPino(logger.child(fields)),
  };
}
