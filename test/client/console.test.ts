import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Service } from '../../src/cli/app.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { runHere } from '../cli/run-here.ts';
import { startHere } from '../service/start-here.ts';
import { eventually, fleetPolicies, fleetSeed, imageId, outOfPlace } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 4, repositories: 3 };
const TOKEN = 'admin-0123456789abcdef0123';
const ENV = { ...KEY_ENV, ADMIN: TOKEN };
const IMAGE = `ims-north/${imageId(1)}`;
const SHOP = 'swr-north/shop/app-0';

describe.each([{ kind: 'redis' }, { kind: 'embedded' }] as const)(
  'openRemoteConsole() to a service on $kind',
  ({ kind }) => {
    let opened: AsyncDisposableStack;
    let simulator: Simulator;
    let workspace: Workspace;
    let service: Service;

    beforeAll(async () => {
      opened = new AsyncDisposableStack();
      simulator = await startSimulator({ seed: fleetSeed(SIZE) });
      opened.defer(async () => await simulator.close());
      workspace = await createWorkspace({
        simulator,
        queueUrl: kind === 'redis' ? await emptyDatabase(inject('redisUrl')) : 'embedded:./queue',
        policies: fleetPolicies(),
        config: {
          server: { port: 0, adminToken: '${ADMIN}' },
          guards: { maxDeletesPerHour: 10_000, maxFleetDeletePercent: 100 },
          pause: [{ policy: 'gone', reason: 'a pause of the configuration' }],
        },
      });
      opened.defer(async () => await workspace.remove());
      service = await startHere(workspace.configFile, ENV, opened);
      await eventually(
        () => outOfPlace(simulator, SIZE).length === 0,
        30_000,
        () => `${outOfPlace(simulator, SIZE).join()} not in place`,
      );
      await eventually(
        async () => /7 targets: 7 in sync/.test((await remote('status')).stdout),
        10_000,
        () => 'the last pass is not recorded',
      );
    }, 120_000);

    afterAll(async () => {
      await opened.disposeAsync();
    });

    const remote = async (...argv: string[]) =>
      await runHere([...argv, '--server', service.url], { TAGWARDEN_TOKEN: TOKEN });

    /** What differs from run to run: the moment of a look, and how long a configured pause is known. */
    const steady = (text: string): string =>
      text.replaceAll(
        /"now": "[^"]+"|(?<= at )\S+Z$|("since": ".*")(?=\n *}\n *\],\n *"quar)/gm,
        '',
      );

    const LOCAL: readonly (readonly string[])[] = [
      ['status'],
      ['status', '--target', '**/app-*', '--output', 'json'],
      ['history'],
      ['history', '--output', 'json'],
      ['history', SHOP, '--tag', 'stable'],
      ['history', '--run', 'unknown'],
      ['explain', SHOP],
      ['explain', SHOP, 'stable', '--output', 'json'],
      ['explain', IMAGE, 'nothing'],
      ['trigger', SHOP],
      ['trigger', 'swr-north/**'],
      ['trigger', 'nowhere/**'],
      ['trigger', 'elsewhere/shop'],
      ['trigger', 'odd'],
    ];

    // The embedded store belongs to the service: no command reads it beside it.
    test.each((kind === 'redis' ? LOCAL : []).map((argv) => ({ argv })))(
      '$argv says the same as on the store',
      async ({ argv }) => {
        const there = await remote(...argv);
        const here = await runHere([...argv, '--config', workspace.configFile], ENV);

        // Queues move, and a configured pause is as old as the process that read it.
        const ofBoth = [there, here].map(({ code, stdout, stderr }) => ({
          code,
          lines: steady(stdout)
            .split('\n')
            .filter((line) => !/queue|by config since|"since"/.test(line)),
          stderr: stderr.split(':')[0],
        }));
        expect(ofBoth[0]).toEqual(ofBoth[1]);
      },
      60_000,
    );

    test('status, history and explain tell what happened', async () => {
      const [status, history, explained] = [
        await remote('status', '--target', 'swr-north/**'),
        await remote('history', SHOP),
        await remote('explain', SHOP, 'stable'),
      ];

      expect(status.stdout).toMatch(/swr-north\/shop\/app-0 +in-sync/);
      expect(status.stdout).toContain('a pause of the configuration');
      expect(history.stdout).toMatch(/→ stable .* applied/);
      expect(explained.stdout).toContain('repositories channels[0]');
      expect([status, history, explained].map(({ code }) => code)).toEqual([0, 0, 0]);
    });

    test('trigger asks for a pass that mends the target', async () => {
      simulator.world.setImageTag(imageId(1), 'stage', 'dev');

      const asked = await remote('trigger', IMAGE);

      expect(asked).toMatchObject({ code: 0, stdout: `asked for a pass over ${IMAGE}\n` });
      await eventually(
        () => simulator.world.imageTags(imageId(1))['stage'] === 'prod',
        15_000,
        () => 'the trigger did nothing',
      );
    });

    test('pause holds and resume ends it, asking for the work that was held', async () => {
      const paused = await remote('pause', '--target', 'ims-north/**', '--reason', 'incident 42');
      const status = await remote('status');
      const resumed = await remote('resume', '--target', 'ims-north/**');
      const again = await remote('resume', '--target', 'ims-north/**');
      const misspelt = await remote('pause', '--policy', 'imagse');

      expect(paused.stdout).toMatch(
        /^paused targets ims-north\/\*\*\n(.*\n)*paused: .*incident 42$/m,
      );
      expect(status.stdout).toContain('paused: targets ims-north/**, by api since');
      expect(resumed.stdout).toContain('resumed targets ims-north/**; asked for 4 passes');
      expect(again.stdout).toContain('nothing to resume');
      expect(misspelt.stderr).toContain('there is no policy "imagse"');
    });

    test('a wrong token is refused with the remedy, and is not repeated', async () => {
      const wrong = { TAGWARDEN_TOKEN: 'wrong-0123456789abcdef0123' };

      const answer = await runHere(['status', '--server', service.url], wrong);

      expect(answer.code).toBe(1);
      expect(answer.stderr).toContain('error[SERVER_REFUSED]');
      expect(answer.stderr).toContain('it does not take the token');
      expect(answer.stderr).not.toContain('wrong-0123');
    });
  },
);

describe('openRemoteConsole() to what is no such service', () => {
  const ask = async (url: string, env: Readonly<Record<string, string>> = {}, ...more: string[]) =>
    await runHere(['status', '--server', url, ...more], env);

  async function serve(status: number, body: string, headers: Record<string, string> = {}) {
    const server: Server = createServer((_request, response) => {
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    // A listening socket has an address.
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const STATUS = {
    version: '9',
    now: '2026-01-01T00:00:00Z',
    policy_revision: 'x',
    accounts: [],
    paused: [],
    quarantined: [],
    summary: { targets: 0, in_sync: 0, drifted: 0, refused: 0, unknown: 0, quarantined: 0 },
    queues: [],
  };

  test.each([
    { of: 'a web server', status: 404, body: 'nothing here', says: 'it answers 404' },
    { of: 'a redirect', status: 302, body: '', says: 'it points elsewhere' },
    { of: 'another API', status: 200, body: '{}', says: 'its answer is not one of the API' },
    {
      of: 'a later version',
      status: 200,
      body: JSON.stringify({ ...STATUS, api_version: '2.0' }),
      says: 'it speaks version 2.0 of the API, wanted 1.x',
    },
  ])('openRemoteConsole() says what is wrong with $of', async ({ status, body, says }) => {
    const url = await serve(status, body, { location: 'http://127.0.0.1:1/' });

    const answer = await ask(url, { TAGWARDEN_TOKEN: TOKEN });

    expect(answer).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(says) });
    expect(answer.stderr).toContain('SERVER_REFUSED');
  });

  test('openRemoteConsole() says that nobody listens', async () => {
    const answer = await ask('http://127.0.0.1:1', { TAGWARDEN_TOKEN: TOKEN });

    expect(answer.code).toBe(1);
    expect(answer.stderr).toMatch(/SERVER_UNREACHABLE.*(ECONNREFUSED|bad port)/);
  });

  test.each([
    ['no-url', 'it is no such URL'],
    ['ftp://host', 'it is no such URL'],
    ['http://me:secret@host', 'it holds a user or password'],
    ['http://host/?token=1', 'it has a query'],
  ])('--server refuses %s: %s', async (url, says) => {
    const answer = await ask(url, { TAGWARDEN_TOKEN: TOKEN });

    expect(answer).toMatchObject({ code: 1, stderr: expect.stringContaining(says) });
  });

  test('--server without a token says where it is taken from', async () => {
    const answer = await ask('http://127.0.0.1:1');

    expect(answer.stderr).toContain('no token is given, wanted TAGWARDEN_TOKEN');
  });

  test('--token-file is read, and missed by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tagwarden-token-'));
    onTestFinished(async () => await rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), `${TOKEN}\n`);
    const url = await serve(401, '{}');

    const good = await ask(url, {}, '--token-file', join(folder, 'token'));
    const missing = await ask(url, {}, '--token-file', join(folder, 'none'));

    expect(good.stderr).toContain('it answers 401');
    expect(missing.stderr).toContain('Cannot read token file');
  });

  test('explain --server excludes what the service has of its own', async () => {
    const argv = ['explain', SHOP, '--server', 'http://127.0.0.1:1', '--policies', 'x'];

    const answer = await runHere(argv, { TAGWARDEN_TOKEN: TOKEN });

    expect(answer.code).toBe(64);
  });
});
