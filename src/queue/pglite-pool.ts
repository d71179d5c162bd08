import { EventEmitter } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { PgClient } from './pg-client.ts';
import type { SqlResult } from './port.ts';
import {
  createPrepared,
  type PgliteProtocol,
  type Prepared,
  type RawResult,
  toResult,
} from './prepared.ts';

/** What waits is run together, but nothing else runs meanwhile: some 16 ms. */
const MOST_TOGETHER = 8;
/** A parameter as long as this is work enough for one turn. */
const LONG = 4_096;

interface Waiting {
  readonly text: string;
  readonly params: readonly unknown[];
  readonly resolve: (result: RawResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

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
  readonly #waiting: Waiting[] = [];
  #isBusy = false;

  constructor(db: PGlite, protocol: PgliteProtocol) {
    super();
    this.setMaxListeners(0);
    this.#db = db;
    this.#prepared = createPrepared(db, protocol);
    db.onNotification((channel, payload) => {
      for (const client of this.#clients) client.emit('notification', { channel, payload });
    });
  }

  async query<R>(text: string, params: readonly unknown[] = []): Promise<SqlResult<R>> {
    const { promise, resolve, reject } = Promise.withResolvers<RawResult | undefined>();
    this.#waiting.push({ text, params, resolve, reject });
    if (!this.#isBusy) void this.#work();
    return toResult<R>(await promise);
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

  /** Never rejects. */
  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      await this.#run(this.#waiting.splice(0, groupSize(this.#waiting)));
      // PGlite answers in microtasks: without this pause no timer and no socket runs under load.
      await breathe();
    }
    this.#isBusy = false;
  }

  /** Several statements have parameters, all of them. */
  async #run(group: readonly Waiting[]): Promise<void> {
    const [{ text, params, resolve, reject } = NOTHING] = group;
    if (params.length === 0) {
      await this.#db.exec(text).then((results) => resolve(results.at(-1)), reject);
      return;
    }
    const outcomes = await this.#prepared(group);
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') group[at]?.resolve(outcome.value);
      else group[at]?.reject(outcome.reason);
    }
  }
}

const NOTHING: Waiting = { text: '', params: [], resolve() {}, reject() {} };

/** How many of the first ones may share a transaction; at least one. */
function groupSize(waiting: readonly Waiting[]): number {
  const end = waiting.slice(0, MOST_TOGETHER).findIndex(({ params }) => isAlone(params));
  return end === -1 ? Math.min(waiting.length, MOST_TOGETHER) : Math.max(end, 1);
}

/** Without parameters it may be anything, such as a VACUUM, which no transaction takes. */
function isAlone(params: readonly unknown[]): boolean {
  return (
    params.length === 0 || params.some((param) => typeof param === 'string' && param.length > LONG)
  );
}
