import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import type { EngineRole } from '../../src/queue/engine-options.ts';
import type { BackendOptions } from '../../src/queue/port.ts';
import { PostgresPool } from '../../src/queue/postgres-pool.ts';
import { addJob } from '../../src/queue/queues.ts';
import { syncSchedulers } from '../../src/queue/scheduler.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { proxyTo } from './half-open-proxy.ts';
import { passOf } from './queue-bench.ts';
import { aPolicy, aSet, aWorld, keepingLog, pause, SILENT, unique, until } from './support.ts';

interface Opening extends Partial<BackendOptions> {
  readonly url?: string;
  readonly account?: string;
  readonly role?: EngineRole;
}

describe.skipIf(!hasPostgres())('openBackend() on PostgreSQL', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => {
    await server.stop();
  });

  async function open({ url = server.url, ...options }: Opening = {}) {
    const backend = await openBackend(url, { log: SILENT, ...options });
    onTestFinished(async () => await backend.close());
    return backend;
  }

  /** A worker, and triggers that say how they went. */
  async function work(options: Opening = {}) {
    const world = aWorld(await open(options), [options.account ?? unique('swr')]);
    const [account] = world.options.accounts;
    const engine = createEngine({ ...world.options, roles: new Set([options.role ?? 'worker']) });
    await engine.start();
    onTestFinished(async () => await engine.stop({ graceMs: 0 }));
    const trigger = async (path: string) => {
      const start = performance.now();
      const refusal = await engine.trigger({ account: account?.name ?? '', path }, 'webhook').then(
        () => null,
        (error: unknown) => error,
      );
      return { path, refusal, tookMs: performance.now() - start };
    };
    const seen = () => new Set(world.requests.map(({ target }) => target.path));
    return { trigger, seen };
  }

  test('refuses at once what a second try would not change, and shows no password', async () => {
    const url = new URL(server.url);
    url.password = 'hunter2';
    url.pathname = '/elsewhere';
    const start = performance.now();

    await expect(openBackend(url.href, { log: SILENT })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: `Cannot reach queue "postgres://${url.host}/elsewhere": it has no such database, expected a PostgreSQL that answers`,
    });

    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test.each([
    { answers: 'nobody', url: 'postgres://me:hunter2@127.0.0.1:1/db', says: 'ECONNREFUSED' },
    { answers: 'silence', url: null, says: 'no answer' },
  ])('gives up on $answers after the time it was given', async ({ url, says }) => {
    const mute = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void mute.close());
    await until('listening', () => mute.listening);
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const opening = openBackend(url ?? `postgresql://me:hunter2@127.0.0.1:${port}/db`, {
      log: SILENT,
      connectTimeoutMs: 500,
    });

    await expect(opening).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining(says),
    });
    await expect(opening).rejects.not.toMatchObject({
      message: expect.stringContaining('hunter2'),
    });
  });

  test('stops waiting when the process is to stop', async () => {
    const signal = AbortSignal.timeout(300);

    const opening = openBackend('postgres://127.0.0.1:1/db', { log: SILENT, signal });

    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('keeps the session options that its URL names', async () => {
    const url = new URL(server.url);
    url.searchParams.set('options', '-c lock_timeout=4s');
    const backend = await openBackend(url.href, { log: SILENT });
    onTestFinished(async () => await backend.close());

    await expect(backend.ping()).resolves.toBeUndefined();
    expect(backend.storage).toMatchObject({ type: 'sql' });
    if (backend.storage.type !== 'sql') return;
    const text = `SELECT current_setting('lock_timeout') AS t, current_setting('search_path') AS s`;
    const { rows } = await backend.storage.query(text);
    expect(rows).toEqual([{ t: '4s', s: 'bullmq' }]);
  });

  test('gives four processes that follow the policies at once one next tick a policy', async () => {
    const name = unique('sweep');
    const set = aSet('1', ...Array.from({ length: 8 }, (_, at) => aPolicy(`shop-${at}`)));
    const log = keepingLog();
    const queues = await Promise.all(
      Array.from({ length: 4 }, async () => (await open()).createQueue(name)),
    );

    await Promise.all(queues.map(async (queue) => await syncSchedulers(queue, set, log)));

    const counts = await queues[0]?.getJobCounts('waiting', 'delayed');
    await Promise.all(queues.map(async (queue) => await queue.close()));
    expect(counts).toEqual({ waiting: 8, delayed: 8 });
    expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  test('loses nothing it took when the server is killed, refuses in 2 s, and works again in 5 s', async () => {
    const { trigger, seen } = await work();
    await trigger('before');
    await until('pass before', () => seen().has('before'));

    const burst = Promise.all(Array.from({ length: 100 }, async (_, at) => await trigger(`${at}`)));
    await pause(30);
    await server.kill();
    const tried = await burst;
    const during = await trigger('during');
    await server.start();
    const startedAt = performance.now();
    const taken = tried.filter(({ refusal }) => refusal === null);
    await until('passes', () => taken.every(({ path }) => seen().has(path)), 5_000);
    await until('an event', async () => (await trigger('after')).refusal === null, 5_000);
    await until('pass after', () => seen().has('after'), 5_000);

    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(during.refusal).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(Math.max(...tried.map(({ tookMs }) => tookMs), during.tookMs)).toBeLessThan(2_500);
  }, 30_000);

  test('makes a queue that works later while the server is away', async () => {
    const backend = await open();
    await server.kill();
    const queue = backend.createQueue(unique('reconcile'));

    await expect(addJob(queue, passOf('a'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await server.start();
    await until('an event', async () => {
      const taken = addJob(queue, passOf('b'));
      return await taken.then(
        () => true,
        () => false,
      );
    });

    const counts = await queue.getJobCounts('prioritized');
    await queue.close();
    expect(counts).toEqual({ prioritized: 1 });
  });

  test('gives up a server that says nothing any more, and works again when it speaks', async () => {
    const { trigger, seen } = await work({ silenceMs: 1_500 });
    await trigger('before');
    await until('pass before', () => seen().has('before'));

    await server.pause();
    const during = await trigger('during');
    await pause(1_000);
    await server.resume();
    await until('an event', async () => (await trigger('after')).refusal === null, 15_000);
    await until('pass after', () => seen().has('after'), 15_000);

    expect(during.refusal).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(during.tookMs).toBeLessThan(2_500);
  }, 60_000);

  test('hears of new jobs again after the route to the server was lost', async () => {
    const account = unique('swr');
    const proxy = await proxyTo(server.url);
    const { seen } = await work({ url: proxy.url, silenceMs: 500, account });
    const elsewhere = await work({ account, role: 'api' });
    await pause(200);

    proxy.swallow();
    await pause(1_500);
    await elsewhere.trigger('after');

    const pass = until('pass after', () => seen().has('after'), 8_000);
    await expect(pass).resolves.toBeUndefined();
  });

  test('sends a statement again that lost a deadlock, and gives one up that always does', async () => {
    // Not by way of the store, which does not wait long for an answer.
    const pool = new PostgresPool(
      { connectionString: server.url, query_timeout: 60_000 },
      () => undefined,
    );
    // A sequence keeps counting when its transaction is undone.
    const loses = (times: number) => `DO $$ BEGIN
      IF nextval('tries') <= ${times} THEN RAISE 'lost' USING ERRCODE = '40P01'; END IF; END $$`;
    await pool.query('CREATE SEQUENCE tries');

    await expect(pool.query(loses(3))).resolves.toMatchObject({ rows: [] });
    await expect(pool.query(loses(1_000))).rejects.toMatchObject({ code: '40P01' });
    const { rows } = await pool.query(`SELECT nextval('tries')::int AS n`);
    await pool.end();
    expect(rows).toEqual([{ n: 10 }]);
  });
});
