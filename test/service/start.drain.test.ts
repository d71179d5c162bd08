import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';
import { startHere } from './start-here.ts';

const TOKEN = 'admin-0123456789abcdef0123';
const DRAIN_MS = 2_000;

test('stop() of startService() goes on answering while it drains, requests for work included', async () => {
  const opened = new AsyncDisposableStack();
  onTestFinished(async () => await opened.disposeAsync());
  const simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 1 }) });
  opened.defer(async () => await simulator.close());
  const workspace = await createWorkspace({
    simulator,
    queueUrl: await emptyDatabase(inject('redisUrl')),
    policies: fleetPolicies(),
    config: { server: { port: 0, adminToken: '${ADMIN}', drain: `${DRAIN_MS}ms` } },
  });
  opened.defer(async () => await workspace.remove());
  const env = { ...KEY_ENV, ADMIN: TOKEN };
  const service = await startHere(workspace.configFile, env, opened, '0.0.0.0');
  const port = new URL(service.url).port;
  const ask = async (path: string, init: RequestInit = {}): Promise<number> => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers })).status;
  };
  const body = JSON.stringify({ target: 'swr-north/shop/app-0' });

  const stopping = service.stop(5_000, true);
  const stoppedAt = performance.now();
  await sleep(DRAIN_MS / 2);
  const during = [
    await ask('/livez'),
    await ask('/readyz'),
    await ask('/api/v1/status'),
    await ask('/api/v1/triggers', { method: 'POST', body }),
  ];
  await stopping;
  const tookMs = performance.now() - stoppedAt;

  expect(during).toEqual([200, 503, 200, 202]);
  expect(tookMs).toBeGreaterThan(DRAIN_MS - 50);
  expect(tookMs).toBeLessThan(DRAIN_MS + 4_000);
  await expect(ask('/livez')).rejects.toThrow('fetch failed');
}, 30_000);
