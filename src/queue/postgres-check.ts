import { ReconcileError } from '../model/errors.ts';
import type { Log } from './log.ts';
import type { SqlResult } from './port.ts';

/** What BullMQ's schema needs. */
const OLDEST_MAJOR = 14;

/** What a server says of itself. */
export interface ServerFacts {
  readonly version: number;
  readonly replica: boolean;
  readonly fsync: boolean;
}

interface Session {
  query(text: string): Promise<Pick<SqlResult<ServerFacts>, 'rows'>>;
}

const FACTS = `SELECT current_setting('server_version_num')::int AS version,
  pg_is_in_recovery() AS replica, current_setting('fsync')::boolean AS fsync`;

/** Refuses a PostgreSQL that cannot keep jobs (QUEUE_UNSAFE); warns when a crash of it would lose some. */
export async function checkPostgres(session: Session, place: string, log: Log): Promise<void> {
  const [facts] = (await session.query(FACTS)).rows;
  if (facts) judgeServer(facts, place, log);
}

/** The part of checkPostgres() that asks nobody. */
export function judgeServer({ version, replica, fsync }: ServerFacts, place: string, log: Log) {
  const major = Math.floor(version / 10_000);
  if (major < OLDEST_MAJOR) {
    throw unsafe(place, `it is PostgreSQL ${major}, expected ${OLDEST_MAJOR} or newer`);
  }
  if (replica) {
    throw unsafe(place, 'it is a read-only replica, expected the primary server');
  }
  if (!fsync) {
    const fields = { queue: place, remedy: 'fsync = on' };
    log.warn(fields, 'PostgreSQL does not flush its log: a power cut may lose queued jobs');
  }
}

function unsafe(place: string, found: string): ReconcileError {
  return new ReconcileError('QUEUE_UNSAFE', `Cannot use queue "${place}": ${found}`);
}
