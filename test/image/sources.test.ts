import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { aServer } from '../sources/git-bench.ts';
import { eventually, fleetPolicies } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { HARDENED, startContainer } from './container.ts';
import { eachWithFleet } from './fleet.ts';
import { mount, SECRETS, secret } from './mounts.ts';

const SIZE = { images: 4, repositories: 2 };
const CREDENTIAL = `git:${SECRETS.gitToken}`;
const CERTIFICATE = '/etc/tagwarden/ca.pem';

const fleet = eachWithFleet(SIZE);

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** TLS in front of a server on this machine, with a certificate of 127.0.0.1. */
async function withTls(url: string): Promise<{ readonly url: string; readonly ca: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const named = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...named];
  execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pem = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  const { port, pathname } = new URL(url);
  const server = createTlsServer(pem, (socket) => {
    const upstream = connect(Number(port), '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) end.on('error', () => end.destroy());
  });
  const own = await listening(server);
  return { url: `https://127.0.0.1:${own}${pathname}`, ca: pem.cert.toString() };
}

describe('the image with policies in git', () => {
  test.each(['http', 'https'])(
    'follows a repository over %s, and shows no secret to whoever looks at processes',
    async (scheme) => {
      const server = await aServer({ credential: CREDENTIAL });
      const files = Object.entries(fleetPolicies('10s')).map(
        ([name, text]) => [`prod/${name}`, text] as const,
      );
      await server.commit(Object.fromEntries(files));
      const tls = scheme === 'https' ? await withTls(server.url) : null;
      const git = {
        url: tls?.url ?? server.url,
        path: 'prod',
        interval: '1s',
        auth: { token: secret('gitToken') },
        cache: '/data/git',
        ...(tls === null ? { allowLoopbackHttp: true } : { tls: { caFile: CERTIFICATE } }),
      };
      const { args, url } = await mount({
        simulator: fleet.simulator(),
        queueUrl: await emptyDatabase(inject('redisUrl')),
        policies: {},
        files: { 'ca.pem': tls?.ca ?? '' },
        config: { policies: { git } },
      });

      const container = await startContainer([...HARDENED, ...args]);
      const pid = await container.pid();
      const seen = new Set<string>();
      const look = setInterval(() => {
        for (const line of commandLines(pid)) seen.add(line);
      }, 5);
      await container.ready(`${url}/readyz`);
      await fleet.converged();
      const before = server.fetches();
      await server.commit({ 'prod/note.md': 'a new revision' });
      await eventually(
        () => server.fetches() > before,
        30_000,
        () => 'the second commit was not fetched',
      );
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      clearInterval(look);
      const code = await container.stop();
      const shown = [...seen, environment, await container.logs()].join('\n');

      expect(code).toBe(0);
      expect([...seen].filter((line) => line.includes('git'))).not.toEqual([]);
      expect(Object.values(SECRETS).filter((value) => shown.includes(value))).toEqual([]);
      expect(shown).not.toContain(Buffer.from(CREDENTIAL).toString('base64'));
    },
  );
});

describe('the image with a collector of traces', () => {
  test('sends spans, by the packages that lie beside the bundle', async () => {
    const asked: string[] = [];
    const collector = createHttpServer((request, response) => {
      asked.push(request.url ?? '');
      request.resume().on('end', () => response.end('{}'));
    });
    const port = await listening(collector);
    const { args, url } = await mount({
      simulator: fleet.simulator(),
      queueUrl: await emptyDatabase(inject('redisUrl')),
      policies: fleetPolicies('10s'),
    });
    const endpoint = `--env=OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${port}`;

    const container = await startContainer([...HARDENED, ...args, endpoint]);
    await container.ready(`${url}/readyz`);
    await fleet.converged();
    const code = await container.stop();

    expect(code).toBe(0);
    expect(asked).toContain('/v1/traces');
  });
});

/** Arguments of a process and of all that it started, as `ps` shows them. */
function commandLines(pid: number): readonly string[] {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '),
    );
    return [
      line,
      ...children.filter((one) => one !== '').flatMap((one) => commandLines(Number(one))),
    ];
  } catch {
    // It ended while we looked.
    return [];
  }
}
