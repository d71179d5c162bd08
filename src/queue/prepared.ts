import type { PGlite, parse, protocol } from '@electric-sql/pglite';
import type { SqlResult } from './port.ts';

/** What PGlite exports besides itself; lent, as its module is loaded late. */
export interface PgliteProtocol {
  readonly protocol: typeof protocol;
  readonly parse: typeof parse;
}

/** A statement with parameters. */
export interface Asked {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** What PGlite tells of one statement. */
export interface RawResult {
  readonly rows: readonly unknown[];
  readonly affectedRows?: number;
}

/**
 * Runs statements with parameters, one after the other, each planned once and kept in the session. They share a transaction
 * where none fails; one that fails takes no other with it. Tells of each what became of it.
 */
export type Prepared = (
  statements: readonly Asked[],
) => Promise<readonly PromiseSettledResult<RawResult>[]>;

interface Statement {
  readonly name: string;
  /** Types of its parameters. */
  readonly types: readonly number[];
  /** Its columns; null: it has none. */
  readonly columns: Message | null;
}

type Message = Awaited<ReturnType<PGlite['execProtocol']>>['messages'][number];

/** PostgreSQL's number for `text`, by which types without a serializer are written, such as an enum. */
const TEXT = 25;
/** More texts than the program has; whoever builds texts must not fill the session. */
const MOST = 500;

interface Call {
  readonly statement: Statement;
  readonly messages: readonly Uint8Array[];
}

/** Statements that the session knows by name. */
interface Session {
  readonly known: ReadonlyMap<string, Statement>;
  prepare(text: string): Promise<Statement>;
  call(statement: Statement, params: readonly unknown[]): Call;
  /** In one transaction: one Sync ends it. */
  execute(calls: readonly Call[]): Promise<readonly RawResult[]>;
}

/**
 * PGlite parses and plans a statement each time it runs, which costs more than to run it; and it asks the database five
 * times where once will do. To be called by one caller at a time.
 */
export function createPrepared(db: PGlite, protocol: PgliteProtocol): Prepared {
  const session = createSession(db, protocol);
  const alone = async ({ text, params }: Asked): Promise<RawResult> => {
    const { known } = session;
    if (!known.has(text) && known.size >= MOST) return await db.query(text, [...params]);
    const statement = known.get(text) ?? (await session.prepare(text));
    const [result] = await session.execute([session.call(statement, params)]);
    return result ?? NOTHING;
  };
  return async (statements) => {
    const [shared] = await Promise.allSettled([together(session, statements)]);
    if (shared.status === 'rejected') return statements.map(() => shared);
    const { value: results } = shared;
    if (results !== null) return results.map((value) => ({ status: 'fulfilled', value }));
    const outcomes: PromiseSettledResult<RawResult>[] = [];
    for (const statement of statements)
      outcomes.push(...(await Promise.allSettled([alone(statement)])));
    return outcomes;
  };
}

/** Null: none took effect, each has to run by itself. */
async function together(
  session: Session,
  statements: readonly Asked[],
): Promise<readonly RawResult[] | null> {
  const calls = statements.length > 1 ? callsOf(session, statements) : null;
  if (calls === null) return null;
  try {
    return await session.execute(calls);
  } catch (error) {
    // One of them failed. Which one, those that ran by themselves will tell.
    if (isOfDatabase(error)) return null;
    throw error;
  }
}

/** Null: one of them is not prepared, or has a parameter that cannot be written. */
function callsOf(session: Session, statements: readonly Asked[]): readonly Call[] | null {
  const calls: Call[] = [];
  for (const { text, params } of statements) {
    const statement = session.known.get(text);
    if (statement === undefined) return null;
    try {
      calls.push(session.call(statement, params));
    } catch {
      return null;
    }
  }
  return calls;
}

function createSession(db: PGlite, { protocol, parse }: PgliteProtocol): Session {
  const { serialize } = protocol;
  const known = new Map<string, Statement>();
  return {
    known,
    async prepare(text) {
      const name = `tagwarden_${known.size}`;
      const { messages } = await db.execProtocol(
        joined([
          serialize.parse({ name, text }),
          serialize.describe({ type: 'S', name }),
          serialize.sync(),
        ]),
        { syncToFs: false },
      );
      const types = parse.parseDescribeStatementResults(messages);
      const columns = messages.find((message) => message.name === 'rowDescription') ?? null;
      const statement = { name, types, columns };
      known.set(text, statement);
      return statement;
    },
    call(statement, params) {
      const { name, types } = statement;
      const values = params.map((param, at) => toText(db, types[at] ?? 0, param));
      // Not described again: its columns are known, and a job has thirty.
      return {
        statement,
        messages: [serialize.bind({ statement: name, values }), serialize.execute({})],
      };
    },
    async execute(calls) {
      const texts = calls.flatMap(({ messages }) => messages);
      const { messages } = await db.execProtocol(joined([...texts, serialize.sync()]));
      const answers = perStatement(messages);
      // Told of the wrong statement, a worker would run the job of another queue.
      if (answers.length !== calls.length) {
        throw new Error(`${answers.length} of ${calls.length} statements were answered`);
      }
      return calls.map(({ statement: { columns } }, at) => {
        const own = [...(columns === null ? [] : [columns]), ...(answers[at] ?? [])];
        return parse.parseResults(own, db.parsers)[0] ?? NOTHING;
      });
    },
  };
}

const NOTHING: RawResult = { rows: [] };

/** Results of several statements would be counted as one. */
function perStatement(messages: readonly Message[]): Message[][] {
  const groups: Message[][] = [];
  let own: Message[] = [];
  for (const message of messages) {
    own.push(message);
    if (message.name !== 'commandComplete') continue;
    groups.push(own);
    own = [];
  }
  return groups;
}

/** True for what PostgreSQL itself answered, after which it has undone the transaction. */
function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}

/** As PGlite's own query() writes a parameter. */
function toText(db: PGlite, type: number, param: unknown): string | null {
  if (param === null || param === undefined) return null;
  return (db.serializers[type] ?? db.serializers[TEXT])?.(param) ?? null;
}

function joined(messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages);
}

/** PGlite types its rows loosely; the caller names what its own text selects. */
export function toResult<R>(result: RawResult | undefined): SqlResult<R> {
  const rows = (result?.rows ?? []) as R[];
  return { rows, rowCount: result?.affectedRows || rows.length };
}
