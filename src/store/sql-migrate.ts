import { ask } from './ask.ts';
import type { Sql } from './sql-query.ts';

/** Any number that nobody else locks: "tagwards" as bytes. */
const LOCK = '8386095523487871091';
/** A lock that another process holds, and a disk that is slow. */
const MIGRATE_MS = 30_000;

/**
 * One statement, so one transaction, with no session of its own. Keys and ids sort by bytes, as Redis sorts them. What
 * a later release adds goes into a further block that asks for `version`.
 */
const MIGRATION = `DO $migration$
DECLARE found integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(${LOCK});
  IF to_regclass('tagwarden.store_version') IS NOT NULL THEN
    SELECT version INTO found FROM tagwarden.store_version;
  END IF;
  IF found < 1 THEN
    CREATE SCHEMA IF NOT EXISTS tagwarden;
    CREATE TABLE tagwarden.store_version (version integer NOT NULL);
    INSERT INTO tagwarden.store_version VALUES (1);
    CREATE TABLE tagwarden.targets (
      key text COLLATE "C" PRIMARY KEY,
      account text NOT NULL,
      v integer NOT NULL,
      status text NOT NULL,
      since timestamptz NOT NULL,
      passed_at timestamptz NOT NULL,
      run_id text,
      baseline integer,
      due_at timestamptz,
      record text NOT NULL
    );
    CREATE INDEX targets_by_status ON tagwarden.targets (status, v, key);
    CREATE INDEX targets_by_pass ON tagwarden.targets (passed_at);
    CREATE INDEX targets_by_due ON tagwarden.targets (due_at) WHERE due_at IS NOT NULL;
    CREATE TABLE tagwarden.crashes (
      key text COLLATE "C" NOT NULL,
      id text NOT NULL,
      at timestamptz NOT NULL,
      PRIMARY KEY (key, id)
    );
    CREATE INDEX crashes_by_time ON tagwarden.crashes (at);
    CREATE TABLE tagwarden.quarantines (
      key text COLLATE "C" PRIMARY KEY,
      until timestamptz NOT NULL
    );
    CREATE TABLE tagwarden.runs (
      id text COLLATE "C" PRIMARY KEY,
      key text COLLATE "C" NOT NULL,
      started_at timestamptz NOT NULL,
      ended_at timestamptz,
      head text NOT NULL
    );
    CREATE INDEX runs_by_start ON tagwarden.runs (started_at, id);
    CREATE INDEX runs_by_target ON tagwarden.runs (key, started_at, id);
    CREATE TABLE tagwarden.operations (
      run_id text COLLATE "C" NOT NULL REFERENCES tagwarden.runs ON DELETE CASCADE,
      seq integer NOT NULL,
      intent text NOT NULL,
      outcome text,
      PRIMARY KEY (run_id, seq)
    );
    CREATE TABLE tagwarden.pauses (scope text COLLATE "C" PRIMARY KEY, pause text NOT NULL);
    CREATE TABLE tagwarden.deletes (id integer PRIMARY KEY, buckets jsonb NOT NULL);
    CREATE TABLE tagwarden.rates (account text PRIMARY KEY, due double precision NOT NULL);
    CREATE TABLE tagwarden.first_seen (
      key text COLLATE "C" NOT NULL,
      name text NOT NULL,
      seen_at timestamptz NOT NULL,
      PRIMARY KEY (key, name)
    );
    CREATE TABLE tagwarden.learned (
      account text NOT NULL,
      fact text NOT NULL,
      value text NOT NULL,
      at timestamptz NOT NULL,
      PRIMARY KEY (account, fact)
    );
  END IF;
  IF found < 2 THEN
    ALTER TABLE tagwarden.crashes ADD COLUMN process text;
    CREATE TABLE tagwarden.owners (
      key text COLLATE "C" PRIMARY KEY,
      process text NOT NULL,
      at timestamptz NOT NULL
    );
    CREATE TABLE tagwarden.deaths (process text PRIMARY KEY, at timestamptz NOT NULL);
    UPDATE tagwarden.store_version SET version = 2;
  END IF;
  IF found < 3 THEN
    CREATE TABLE tagwarden.deliveries (
      id text COLLATE "C" PRIMARY KEY,
      known boolean NOT NULL,
      until timestamptz NOT NULL
    );
    CREATE INDEX deliveries_by_end ON tagwarden.deliveries (until);
    UPDATE tagwarden.store_version SET version = 3;
  END IF;
  IF found < 4 THEN
    CREATE TABLE tagwarden.standings (
      key text COLLATE "C" PRIMARY KEY,
      state text NOT NULL,
      unsynced_since timestamptz,
      policies text[] NOT NULL
    );
    CREATE INDEX standings_by_state ON tagwarden.standings (state);
    CREATE INDEX standings_unsynced ON tagwarden.standings (unsynced_since)
      WHERE unsynced_since IS NOT NULL;
    UPDATE tagwarden.store_version SET version = 4;
  END IF;
  IF found < 5 THEN
    CREATE TABLE tagwarden.facts (
      digest text COLLATE "C" PRIMARY KEY,
      fact text NOT NULL,
      used_at timestamptz NOT NULL
    );
    CREATE INDEX facts_by_use ON tagwarden.facts (used_at);
    UPDATE tagwarden.store_version SET version = 5;
  END IF;
  IF found < 6 THEN
    ALTER TABLE tagwarden.standings ADD COLUMN mark text;
    UPDATE tagwarden.store_version SET version = 6;
  END IF;
END
$migration$`;

/** Makes the store's tables where they are missing. Several processes may call it at once. */
export async function migrateStore(sql: Sql): Promise<void> {
  await ask('prepare the store', async () => await sql.query(MIGRATION), MIGRATE_MS);
}
