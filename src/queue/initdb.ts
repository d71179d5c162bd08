// Run by node: initdb.ts FOLDER. Makes an empty database there and ends, so that what it takes is given back.
import { POSTGRES_SETTINGS } from './postgres-settings.ts';
import { compileWasmSparingly } from './wasm-flags.ts';

compileWasmSparingly();
const { PGlite } = await import('@electric-sql/pglite');
const db = await PGlite.create({
  dataDir: process.argv[2] ?? '',
  postgresqlconf: [...POSTGRES_SETTINGS],
});
await db.close();
