import { Client, type ClientConfig } from 'pg';

/** How to reach a server, and how long it may keep silent. */
export type PostgresConfig = ClientConfig & { readonly query_timeout: number };

export interface ListenerEvents {
  readonly onNotification: (message: { channel: string; payload?: string | undefined }) => void;
  /** Nothing is heard any more; the next run() connects again. */
  readonly onLost: (error: Error) => void;
}

/** The one connection of a process that waits for notifications, for all of its workers. */
export class PostgresListener {
  readonly #config: PostgresConfig;
  readonly #events: ListenerEvents;
  #connecting: Promise<Client> | null = null;
  #current: Client | null = null;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(config: PostgresConfig, events: ListenerEvents) {
    this.#config = config;
    this.#events = events;
  }

  /** Runs a LISTEN; connects first when there is no connection. */
  async run(text: string): Promise<void> {
    this.#connecting ??= this.#connect();
    const client = await this.#connecting;
    await client.query(text);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    const client = await this.#connecting?.catch(() => null);
    this.#current = null;
    await client?.end();
  }

  async #connect(): Promise<Client> {
    const client = new Client(this.#config);
    // Before the connection is up its errors come as a rejection, too.
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('the listening connection ended')));
    client.on('notification', this.#events.onNotification);
    try {
      await client.connect();
    } catch (error) {
      this.#connecting = null;
      throw error;
    }
    this.#current = client;
    // A lost route would look like peace.
    this.#heartbeat = setInterval(() => {
      client.query('SELECT 1').catch((error: Error) => this.#lose(client, error));
    }, this.#config.query_timeout).unref();
    return client;
  }

  #lose(client: Client, error: Error): void {
    if (this.#current !== client) return;
    this.#current = null;
    this.#connecting = null;
    clearInterval(this.#heartbeat);
    // Closing may itself wait for an answer that never comes.
    client.end().catch(() => {});
    this.#events.onLost(error);
  }
}
