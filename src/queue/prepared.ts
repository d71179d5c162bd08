import type { PGlite, parse, protocol } from '@electric-sql/pglite';
import type { SqlResult } from './port.ts';

/** What PGlite exports besides itself; lent, as its module is loaded late. */
export interface PgliteProtocol {
  readonly protocol: typeof protocol;
  readonly parse: typeof parse;
}

/** Runs a statement with parameters, planned once and kept in the session. */
export type Prepared = <R>(text: string, params: readonly unknown[]) => Promise<SqlResult<R>>;

interface Statement {
  readonly name: string;
  /** Types of its parameters. */
  readonly types: readonly number[];
}

/** PostgreSQL's number for `text`, by which types without a serializer are written, such as an enum. */
const TEXT = 25;
/** More texts than the program has; whoever builds texts must not fill the session. */
const MOST = 500;

/**
 * PGlite parses and plans a statement each time it runs, which costs more than to run it; and it asks the database five
 * times where once will do. To be called by one caller at a time.
 */
export function createPrepared(db: PGlite, { protocol, parse }: PgliteProtocol): Prepared {
  const { serialize } = protocol;
  const known = new Map<string, Statement>();

  const prepare = async (text: string): Promise<Statement> => {
    const name = `tagwarden_${known.size}`;
    const { messages } = await db.execProtocol(
      joined([
        serialize.parse({ name, text }),
        serialize.describe({ type: 'S', name }),
        serialize.sync(),
      ]),
      { syncToFs: false },
    );
    const statement = { name, types: parse.parseDescribeStatementResults(messages) };
    known.set(text, statement);
    return statement;
  };

  return async <R>(text: string, params: readonly unknown[]): Promise<SqlResult<R>> => {
    if (!known.has(text) && known.size >= MOST) {
      return toResult<R>(await db.query<R>(text, [...params]));
    }
    const { name, types } = known.get(text) ?? (await prepare(text));
    const values = params.map((param, at) => toText(db, types[at] ?? 0, param));
    const { messages } = await db.execProtocol(
      joined([
        serialize.bind({ statement: name, values }),
        serialize.describe({ type: 'P' }),
        serialize.execute({}),
        serialize.sync(),
      ]),
    );
    return toResult<R>(parse.parseResults(messages, db.parsers)[0]);
  };
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
export function toResult<R>(
  result: { readonly rows: readonly unknown[]; readonly affectedRows?: number } | undefined,
): SqlResult<R> {
  const rows = (result?.rows ?? []) as R[];
  return { rows, rowCount: result?.affectedRows || rows.length };
}
