import { describe } from 'vitest';
import { hasPostgres } from '../support/postgres.ts';
import { describeStore } from './store.contract.ts';
import { pgliteBench, postgresBench } from './store-bench.ts';

describeStore('createSqlStore() on PGlite', pgliteBench);

describe.skipIf(!hasPostgres())('with a PostgreSQL', () => {
  describeStore('createSqlStore() on PostgreSQL', postgresBench);
});
