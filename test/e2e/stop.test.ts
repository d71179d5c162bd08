import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { startRedis } from '../support/redis.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const SIZE = { images: 4, repositories: 2 };
/** Given to one SIGTERM, by reliability.md R18. */
const STOP_MS = 25_000;

describe('tagwarden run, started and stopped at bad moments', () => {
  let simulator: Simulator;
  const workspaces: Workspace[] = [];
  const services: TagwardenProcess[] = [];

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed(SIZE) });
  });

  afterEach(async () => {
    for (const service of services.splice(0)) service.kill('SIGKILL');
    await simulator.close();
    for (const workspace of workspaces.splice(0)) await workspace.remove();
  });

  async function run(queueUrl: string, { port = 0, args = [] as readonly string[] } = {}) {
    const workspace = await createWorkspace({
      simulator,
      queueUrl,
      policies: fleetPolicies('10s'),
      config: { server: { port } },
    });
    workspaces.push(workspace);
    const service = startTagwarden(['run', '--config', workspace.configFile, ...args], KEY_ENV);
    services.push(service);
    return service;
  }

  const shared = async (): Promise<string> => await emptyDatabase(inject('redisUrl'));

  test.each(['redis', 'embedded'])(
    'a port that is taken ends the start on the %s queue; nothing keeps the process',
    async (kind) => {
      const taken = await listening();
      const queueUrl = kind === 'redis' ? await shared() : 'embedded:./queue';

      const service = await run(queueUrl, { port: taken.port });
      const code = await within(10_000, service.ended);
      taken.close();

      expect(code).toBe(1);
      expect(service.errors.join('\n')).toContain('EADDRINUSE');
    },
    30_000,
  );

  test('answers its probes while Redis is waited for, and a SIGTERM ends the wait with exit 0', async () => {
    const { port, close } = await listening();
    close();
    const http = await listening();
    http.close();

    const service = await run(`redis://127.0.0.1:${port}`, { port: http.port });
    const url = `http://127.0.0.1:${http.port}`;
    await answering(`${url}/livez`);
    const ready = await fetch(`${url}/readyz`);
    const metrics = await fetch(`${url}/metrics`);
    service.kill('SIGTERM');
    const code = await within(3_000, service.ended);

    expect(ready.status).toBe(503);
    expect(metrics.status).toBe(200);
    expect(code).toBe(0);
    expect(service.errors).toEqual([]);
  }, 30_000);

  test('a Redis that does not come ends the start with exit 1 and its place', async () => {
    const { port, close } = await listening();
    close();

    const service = await run(`redis://127.0.0.1:${port}`);
    const code = await within(20_000, service.ended);

    expect(code).toBe(1);
    expect(service.errors.join('\n')).toContain(`redis://127.0.0.1:${port}`);
  }, 40_000);

  test('a cloud that never answers does not hold up the stop; the second signal ends it at once', async () => {
    simulator.faults.add({ kind: 'hang', service: 'ims', times: Number.POSITIVE_INFINITY });
    const queueUrl = await shared();
    const patient = await run(queueUrl);
    const url = /"url":"([^"]+)"/.exec(await patient.waitFor(/service started/))?.[1] ?? '';
    await sleep(1_000);

    patient.kill('SIGTERM');
    await patient.waitFor(/service draining/);
    const ready = await fetch(`${url}/readyz`);
    const code = await within(STOP_MS, patient.ended);
    const hasty = await run(queueUrl);
    await hasty.waitFor(/service started/);
    hasty.kill('SIGTERM');
    await hasty.waitFor(/service draining/);
    hasty.kill('SIGTERM');
    const ended = await within(1_000, hasty.ended);

    expect(ready.status).toBe(503);
    expect(code).toBe(0);
    expect(ended).toBe('SIGTERM');
  }, 60_000);

  test('stops with exit 0 although Redis is gone', async () => {
    const redis = await startRedis();
    const service = await run(redis.url);
    await service.waitFor(/service started/);
    await redis.kill();
    await sleep(1_000);

    service.kill('SIGTERM');
    const code = await within(STOP_MS, service.ended);
    await redis.stop();

    expect(code).toBe(0);
    expect(service.lines.at(-1)).toContain('service stopped');
  }, 60_000);

  test.each(['scheduler', 'worker', 'api', 'scheduler,api'])(
    'refuses the role %s on the embedded queue, which no other process can share',
    async (role) => {
      const service = await run('embedded:./queue', { args: ['--role', role] });
      const code = await within(10_000, service.ended);

      expect(code).toBe(1);
      expect(service.errors.join('\n')).toContain('--role all');
    },
    30_000,
  );

  test('a sweep that cannot list an account says so in the log and is counted', async () => {
    simulator.faults.add({ kind: 'status', status: 403, service: 'swr', times: 1_000 });
    const service = await run(await shared());
    const url = /"url":"([^"]+)"/.exec(await service.waitFor(/service started/))?.[1] ?? '';

    const line = await within(30_000, service.waitFor(/sweep broke off/));
    const metrics = await (await fetch(`${url}/metrics`)).text();

    expect(line).toContain('"policy":"repositories"');
    expect(metrics).toMatch(/tagwarden_sweeps_total\{result="failed"\} [1-9]/);
  }, 60_000);
});

interface Listening {
  readonly port: number;
  readonly close: () => void;
}

async function listening(): Promise<Listening> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 1) : 1,
    close: () => void server.close(),
  };
}

async function answering(url: string): Promise<void> {
  for (let tried = 0; tried < 100; tried += 1) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.status === 200) return;
    await sleep(50);
  }
  throw new Error(`${url} never answered`);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | string> {
  return await Promise.race([work, sleep(ms, `not within ${ms} ms`, { ref: false })]);
}
