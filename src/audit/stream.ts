import { ReconcileError } from '../model/errors.ts';
import type { Outcome } from '../model/report.ts';
import { bodyOf, type Entry, FIRST_PREV, sealed, type Write } from './entry.ts';
import type { Sink } from './sink.ts';

/** The append-only record of every write: an intent before it, a result after it, each bound to the one before. */
export interface Audit {
  /** Resolves with its number when the record is safe. Throws AUDIT_UNAVAILABLE: the write must not be made. */
  intent(write: Write): Promise<number>;
  result(write: Write, intent: number, outcome: Outcome): Promise<void>;
  /** Writes what waits and says that the process ended in good order. */
  close(): Promise<void>;
}

export interface AuditOptions {
  readonly sink: Sink;
  readonly now: () => Date;
  /** Blanks secrets; the hash is that of what is written. */
  readonly scrub: (text: string) => string;
}

interface Waiting {
  readonly entry: Entry;
  readonly done: (seq: number) => void;
  readonly fail: (error: unknown) => void;
}

/** Records that wait while others are written go out together, with one flush. */
export function createAudit(options: AuditOptions): Audit {
  const stream = new AuditStream(options);
  return {
    intent: async (write) => await stream.add({ type: 'intent', write }),
    async result(write, intent, outcome) {
      await stream.add({ type: 'result', write, intent, outcome });
    },
    close: async () => await stream.close(),
  };
}

class AuditStream {
  readonly #options: AuditOptions;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #seq = 0;
  #prev = FIRST_PREV;
  /** The first record of a file, until it is written: nothing goes before it. */
  #opening: Entry | null = null;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  async add(entry: Entry): Promise<number> {
    return await new Promise<number>((done, fail) => {
      this.#waiting.push({ entry, done, fail });
      this.#writing ??= this.#drain().finally(() => {
        this.#writing = null;
      });
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    // A process that wrote nothing leaves no file.
    if (this.#seq > 0) await this.add({ type: 'close' }).catch(() => undefined);
    await this.#options.sink.close();
  }

  async #drain(): Promise<void> {
    // Not at once: what is asked for in the same turn goes into the same flush.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#open();
        const first = await this.#write(batch.map(({ entry }) => entry));
        for (const [index, { done }] of batch.entries()) done(first + index);
      } catch (cause) {
        for (const { fail } of batch) fail(unavailable(cause));
      }
    }
  }

  async #open(): Promise<void> {
    const { sink } = this.#options;
    if (await sink.isDue()) {
      const previousFile = await sink.turn();
      // One that could not be written yet tells of the last file that has records.
      this.#opening ??= { type: 'open', previousFile };
    }
    if (this.#opening === null) return;
    await this.#write([this.#opening]);
    this.#opening = null;
  }

  /** All or none: the chain goes on from what is really there. */
  async #write(entries: readonly Entry[]): Promise<number> {
    const { sink, now, scrub } = this.#options;
    const first = this.#seq;
    let prev = this.#prev;
    const lines = entries.map((entry, index) => {
      const body = scrub(bodyOf(entry, { seq: first + index, prev, at: now() }));
      const { line, hash } = sealed(body);
      prev = hash;
      return line;
    });
    await sink.append(lines.join(''));
    this.#prev = prev;
    this.#seq = first + entries.length;
    return first;
  }
}

function unavailable(cause: unknown): ReconcileError {
  const hasCode = cause instanceof Error && 'code' in cause && typeof cause.code === 'string';
  const found = hasCode ? String(cause.code) : 'it failed';
  const message = `Cannot write the audit stream: ${found}, room and permission were wanted (audit)`;
  return new ReconcileError('AUDIT_UNAVAILABLE', message, { cause });
}
