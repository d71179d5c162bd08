import { afterAll, beforeAll, describe } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { backendConformance } from './backend.conformance.ts';
import { SILENT } from './support.ts';

describe.skipIf(!hasPostgres())('openBackend() on PostgreSQL', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => {
    await server.stop();
  });

  backendConformance('postgres', async () => await openBackend(server.url, { log: SILENT }));
});
