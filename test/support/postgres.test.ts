import { existsSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type PostgresServer, startPostgres } from './postgres.ts';

/** Making a database takes seconds on a machine with much else to do. */
const START_MS = 90_000;

async function select(url: string, expression: string): Promise<unknown> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text: `SELECT ${expression}`, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe.skipIf(!hasPostgres())('startPostgres()', { timeout: START_MS }, () => {
  let started: PostgresServer | null = null;
  const theServer = (): PostgresServer => {
    if (started === null) throw new Error('Cannot test: PostgreSQL has not started');
    return started;
  };

  beforeAll(async () => {
    started = await startPostgres();
  }, START_MS);
  afterAll(async () => await started?.stop());

  test('starts an empty server of version 15 or later', async () => {
    const { url } = theServer();

    expect(Number(await select(url, `current_setting('server_version_num')`))).toBeGreaterThan(
      150_000,
    );
  });

  test('comes back with its data at the same address after kill() and start()', async () => {
    const server = theServer();
    const client = new pg.Client(server.url);
    client.on('error', () => {});
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT 7 AS n');

    await server.kill();
    await server.start();

    expect(await select(server.url, '(SELECT n FROM kept)')).toBe(7);
  });

  test('answers nothing between pause() and resume()', async () => {
    const server = theServer();
    const client = new pg.Client(server.url);
    await client.connect();

    await server.pause();
    const answer = client.query('SELECT 1 AS one');
    const silence = new Promise((resolve) => setTimeout(() => resolve('silence'), 150));
    const first = await Promise.race([answer, silence]);
    await server.resume();

    expect(first).toBe('silence');
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  test('stops twice without complaint and leaves no folder', async () => {
    const server = await startPostgres();
    const folder = String(await select(server.url, `current_setting('data_directory')`));

    await server.stop();
    await server.stop();

    expect(existsSync(folder)).toBe(false);
  });
});
