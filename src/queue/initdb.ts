// Run by node: initdb.ts FOLDER. Makes an empty database there and ends, so that what it takes is given back.
import { setFlagsFromString } from 'node:v8';
import { POSTGRES_SETTINGS } from './postgres-settings.ts';

// Every function runs a few times only: to optimize them costs more than it gains, half a gigabyte for one of them alone.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');
setFlagsFromString('--liftoff-only');
const { PGlite } = await import('@electric-sql/pglite');
const db = await PGlite.create({
  dataDir: process.argv[2] ?? '',
  postgresqlconf: [...POSTGRES_SETTINGS],
});
await db.close();
