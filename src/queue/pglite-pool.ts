import { EventEmitter } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { PgClient } from './pg-client.ts';
import type { SqlResult } from './port.ts';
import { createPrepared, type PgliteProtocol, type Prepared, toResult } from './prepared.ts';

/**
 * A PGlite in the shape of a node-postgres pool, for BullMQ. All clients share one session, so nobody may hold a
 * transaction open over two queries while workers run.
 */
export class PglitePool extends EventEmitter {
  /** Read by BullMQ: tells that an idle worker may block for longer than 10 s. */
  readonly options = { keepAlive: true };
  readonly #db: PGlite;
  readonly #prepared: Prepared;
  readonly #clients = new Set<PgClient>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(db: PGlite, protocol: PgliteProtocol) {
    super();
    this.setMaxListeners(0);
    this.#db = db;
    this.#prepared = createPrepared(db, protocol);
    db.onNotification((channel, payload) => {
      for (const client of this.#clients) client.emit('notification', { channel, payload });
    });
  }

  query<R>(text: string, params: readonly unknown[] = []): Promise<SqlResult<R>> {
    const result = this.#tail.then(async () => await this.#run<R>(text, params));
    // PGlite answers in microtasks: without this pause no timer and no socket runs under load.
    const pause = async () => await breathe();
    this.#tail = result.then(pause, pause);
    return result;
  }

  async connect(): Promise<PgClient> {
    const client = new PgClient(
      async (text, params) => await this.query(text, params),
      (released) => this.#clients.delete(released),
    );
    this.#clients.add(client);
    return client;
  }

  /** Its opener closes the database. */
  async end(): Promise<void> {}

  async #run<R>(text: string, params: readonly unknown[]): Promise<SqlResult<R>> {
    if (params.length > 0) return await this.#prepared<R>(text, params);
    return toResult<R>((await this.#db.exec(text)).at(-1));
  }
}
