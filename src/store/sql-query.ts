import { z } from 'zod';
import { ask } from './ask.ts';

/** What the store needs of a pool of node-postgres, or of a PGlite in its shape. */
export interface Sql {
  query<R>(
    text: string,
    params?: readonly unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}

/** One statement with its parameters; `what` completes "Cannot …". */
export interface Statement {
  readonly what: string;
  readonly text: string;
  readonly params: readonly unknown[];
}

/** A time column, as drivers give it. */
export const TimeColumn = z.coerce.date();

/** Runs a statement and checks its rows, without a time limit and with the errors of the database: for what is gathered. */
export async function evaluate<T>(
  sql: Sql,
  row: z.ZodType<T>,
  { text, params }: Omit<Statement, 'what'>,
): Promise<readonly T[]> {
  const { rows } = await sql.query<unknown>(text, [...params]);
  return rows.map((found) => row.parse(found));
}

/** Runs a statement and checks its rows. */
export async function select<T>(
  sql: Sql,
  row: z.ZodType<T>,
  { what, text, params }: Statement,
): Promise<readonly T[]> {
  const { rows } = await ask(what, async () => await sql.query<unknown>(text, [...params]));
  return rows.map((found) => row.parse(found));
}

/** Runs a statement; resolves with the number of rows it changed. */
export async function execute(sql: Sql, { what, text, params }: Statement): Promise<number> {
  const { rowCount } = await ask(what, async () => await sql.query(text, [...params]));
  return rowCount ?? 0;
}
