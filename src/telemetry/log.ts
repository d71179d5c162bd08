import { pino } from 'pino';
import type { LogLevel } from '../model/log-level.ts';
import { type ContextFields, contextFields } from './context.ts';
import { createRepeats, type Repeats } from './repeats.ts';
import type { Scrubber } from './scrub.ts';

type Write = (fields: ContextFields, message: string) => void;

/** Structured log: facts are fields, the message is a constant. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  child(fields: ContextFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Constant fields of every line, such as version and role. */
  readonly fields: ContextFields;
  readonly scrubber: Pick<Scrubber, 'scrub'>;
  /** Receives each finished line, newline included. */
  readonly write: (line: string) => void;
  /** Ids of the span in hand, when there are traces. */
  readonly traceIds?: () => ContextFields;
}

/** An outage says the same about every target: so many of one kind a minute, then a count. */
const MOST_A_MINUTE = 20;
const WINDOW_MS = 60_000;

/** pino writing JSON lines; every line passes the scrubber whole, as the last step. */
export function createLog({ level, fields, scrubber, write, traceIds }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { service: 'tagwarden', ...fields },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...contextFields(), ...traceIds?.() }),
      // What a line says itself wins over the work it is part of.
      mixinMergeStrategy: (own, around) => ({ ...around, ...own }),
      formatters: { log: withErr },
      // What has its shape already would be an Object to pino's own.
      serializers: { err: (err: unknown) => (err instanceof Error ? toErr(err, null) : err) },
    },
    { write: (line: string) => write(scrubber.scrub(line)) },
  );
  const repeats = createRepeats({
    most: MOST_A_MINUTE,
    windowMs: WINDOW_MS,
    onLeftOut: (key, count) => logger.warn({ repeated: key, suppressed: count }, 'lines left out'),
  });
  return fromPino(logger, repeats);
}

function fromPino(logger: pino.Logger, repeats: Repeats): Log {
  const sparing =
    (write: Write): Write =>
    (fields, message) => {
      if (repeats.admit(kindOf(fields, message))) write(fields, message);
    };
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: sparing((fields, message) => logger.warn(fields, message)),
    error: sparing((fields, message) => logger.error(fields, message)),
    child: (fields) => fromPino(logger.child(fields), repeats),
  };
}

/** What makes two lines the same, whatever target they are about. */
function kindOf({ code, queue }: ContextFields, message: string): string {
  return [message, code, queue].filter((part) => typeof part === 'string').join(' ');
}

/** One shape for whatever went wrong: `err` with type, message and code, in place of `error` and `code`. */
function withErr(fields: Record<string, unknown>): Record<string, unknown> {
  if (!Object.hasOwn(fields, 'error')) return fields;
  const { error, code, ...others } = fields;
  return { ...others, err: toErr(error, code) };
}

function toErr(error: unknown, code: unknown): object {
  const isError = error instanceof Error;
  const ownCode = isError && 'code' in error ? error.code : null;
  return {
    type: isError ? error.name : 'Error',
    message: isError ? (error.stack ?? error.message) : String(error),
    code: code ?? ownCode ?? null,
  };
}
