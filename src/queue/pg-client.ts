import { EventEmitter } from 'node:events';
import type { SqlQuery } from './port.ts';

/** A client that BullMQ takes out of a pool, in the shape of node-postgres. It may share its session with others. */
export class PgClient extends EventEmitter {
  readonly query: SqlQuery;
  readonly #onRelease: (client: PgClient) => void;

  constructor(query: SqlQuery, onRelease: (client: PgClient) => void) {
    super();
    this.setMaxListeners(0);
    this.query = query;
    this.#onRelease = onRelease;
  }

  release(): void {
    this.#onRelease(this);
    this.removeAllListeners();
  }
}
