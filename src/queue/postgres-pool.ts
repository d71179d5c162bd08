import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import { PgClient } from './pg-client.ts';
import type { SqlResult } from './port.ts';
import { type PostgresConfig, PostgresListener } from './postgres-listener.ts';

const MAX_CONNECTIONS = 10;
/** A deadlock or a serialization failure: the server undid one of two statements and says to send it again. */
const SEND_AGAIN: ReadonlySet<string> = new Set(['40P01', '40001']);
const MOST_TRIES = 5;
const ASK_AGAIN_MS = 250;
const LISTEN = /^\s*LISTEN\s/im;
/** BullMQ names the connections of workers; here they share one. */
const NAMING = "set_config('application_name'";

/**
 * A node-postgres pool for BullMQ. Given a plain one, BullMQ takes a connection out of it for every worker; here all
 * workers of the process hear through one, and each statement gets any free connection.
 */
export class PostgresPool extends EventEmitter {
  /** Read by BullMQ: tells that an idle worker may block for longer than 10 s. */
  readonly options = { keepAlive: true };
  readonly #pool: Pool;
  readonly #listener: PostgresListener;
  readonly #clients = new Set<PgClient>();
  #ended = false;

  constructor(config: PostgresConfig, onError: (error: Error) => void) {
    super();
    this.setMaxListeners(0);
    this.#pool = new Pool({ ...config, max: MAX_CONNECTIONS, idleTimeoutMillis: 30_000 });
    this.#pool.on('error', onError);
    this.#listener = new PostgresListener(config, {
      onNotification: (message) => this.#tell('notification', message),
      onLost: (error) => this.#tell('error', error),
    });
  }

  /** Each call is a transaction of its own, so one that lost a deadlock can be sent again. */
  async query<R>(text: string, params: readonly unknown[] = []): Promise<SqlResult<R>> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#run<R>(text, params);
      } catch (error) {
        if (tried === MOST_TRIES || !isSentAgain(error)) throw error;
        await sleep(Math.random() * 20 * 2 ** tried);
      }
    }
  }

  async connect(): Promise<PgClient> {
    const client: PgClient = new PgClient(
      async <R>(text: string, params?: readonly unknown[]) => {
        if (text.includes(NAMING)) return NOTHING as SqlResult<R>;
        if (!LISTEN.test(text)) return await this.#ask<R>(text, params);
        await this.#listener.run(text);
        return NOTHING as SqlResult<R>;
      },
      (released) => this.#clients.delete(released),
    );
    this.#clients.add(client);
    return client;
  }

  /** Runs what needs a session to itself. */
  async withSession<T>(run: (session: PoolClient) => Promise<T>): Promise<T> {
    const session = await this.#pool.connect();
    try {
      const result = await run(session);
      session.release();
      return result;
    } catch (error) {
      // Its state is unknown.
      session.release(true);
      throw error;
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all([this.#listener.close(), this.#pool.end()]);
  }

  /** A queue asks one question when it is made and fails for ever when that one does, so it waits for the answer. */
  async #ask<R>(text: string, params: readonly unknown[] = []): Promise<SqlResult<R>> {
    for (;;) {
      try {
        return await this.query<R>(text, params);
      } catch (error) {
        if (this.#ended || !isOutage(error)) throw error;
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  async #run<R>(text: string, params: readonly unknown[]): Promise<SqlResult<R>> {
    const result = await this.#pool.query(text, [...params]);
    // Several statements in one text give a list, which the types do not tell.
    const last = Array.isArray(result) ? result.at(-1) : result;
    return { rows: last?.rows ?? [], rowCount: last?.rowCount ?? 0 };
  }

  #tell(event: 'notification' | 'error', message: unknown): void {
    for (const client of this.#clients) {
      // An error that nobody hears would end the process.
      if (client.listenerCount(event) > 0) client.emit(event, message);
    }
  }
}

const NOTHING: SqlResult<never> = { rows: [], rowCount: 0 };

/** The server is not there, starts, stops or has no room; anything else it would answer again. */
function isOutage(error: unknown): boolean {
  return !(error instanceof DatabaseError) || /^(?:08|53|57P)/.test(error.code ?? '');
}

function isSentAgain(error: unknown): boolean {
  return error instanceof DatabaseError && SEND_AGAIN.has(error.code ?? '');
}
