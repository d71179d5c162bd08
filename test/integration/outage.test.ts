import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { mostPerSecond } from '../http/support/gcra.ts';
import { eventually, fleetSeed } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { startTagwarden, type TagwardenProcess } from '../support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../support/workspace.ts';

const TARGETS = 2_000;
const WORKERS = 3;
const CONCURRENCY = 10;
const RATE = 300;
const OUTAGE_MS = 8_000;

/** Every image has what is asked for, so that a pass is one request. */
const POLICIES = {
  'images.yaml': `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: images }
spec:
  mode: sync
  interval: 30m
  targets: [{ account: ims-north, images: { name: "golden-*" } }]
  tags: { ensure: { stage: dev } }
`,
};

describe('three workers whose cloud goes down with 2,000 targets to visit', () => {
  let simulator: Simulator;
  let workspace: Workspace;
  const running: TagwardenProcess[] = [];

  beforeEach(async () => {
    simulator = await startSimulator({ seed: fleetSeed({ images: TARGETS, repositories: 0 }) });
    // A region without the query of all tags: every image needs a pass to be known.
    const refusal = { kind: 'status', status: 404, code: 'APIGW.0101' } as const;
    simulator.faults.add({ ...refusal, operation: 'ListImageByTags', times: Infinity });
    workspace = await createWorkspace({
      simulator,
      queueUrl: await emptyDatabase(inject('redisUrl')),
      policies: POLICIES,
      account: { limits: { requestsPerSecond: RATE, burst: 1, concurrency: CONCURRENCY } },
    });
  });

  afterEach(async () => {
    for (const process of running.splice(0)) process.kill('SIGKILL');
    await simulator.close();
    await workspace.remove();
  });

  /** Resolves with the address of the process. */
  const start = async (role: string): Promise<string> => {
    const process = startTagwarden(
      ['run', '--role', role, '--port', '0', '--config', workspace.configFile],
      KEY_ENV,
    );
    running.push(process);
    const line = await process.waitFor(/service started/);
    return /"url":"([^"]+)"/.exec(line)?.[1] ?? '';
  };

  const listed = (status: number): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const entry of simulator.requests.list) {
      if (entry.operation !== 'ListImageTags' || entry.status !== status) continue;
      counts.set(entry.target, (counts.get(entry.target) ?? 0) + 1);
    }
    return counts;
  };

  const metric = async (url: string, series: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(series));
    return Number(line?.slice(series.length) ?? Number.NaN);
  };

  // Again when it fails: on a machine that is busy enough, requests arrive late and then together.
  test('503 for 8 s: the breakers open within 5 s, the rate is kept at all times, every target is visited afterwards', {
    retry: 1,
    timeout: 240_000,
  }, async () => {
    const urls = await Promise.all(Array.from({ length: WORKERS }, () => start('worker')));
    await start('scheduler');
    await eventually(
      () => listed(200).size >= 200,
      60_000,
      () => `${listed(200).size} targets visited`,
    );
    const open = async (): Promise<number> => {
      const series = 'tagwarden_registry_circuit_open{registry="ims-north"}';
      const states = await Promise.all(urls.map((url) => metric(url, series)));
      return states.reduce((sum, state) => sum + state, 0);
    };

    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const downAt = Date.now();
    simulator.faults.add({ kind: 'before', status: 503, service: 'ims', times: Infinity });
    let openMs: number | null = null;
    while (Date.now() - downAt < OUTAGE_MS) {
      if (openMs === null && (await open()) > 0) openMs = Date.now() - downAt;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    simulator.faults.clear();
    const upAt = Date.now();
    await eventually(
      () => listed(200).size === TARGETS,
      120_000,
      () => `${listed(200).size} targets visited`,
    );
    const drainedMs = Date.now() - upAt;

    const moments = simulator.requests.list.map(({ at }) => at);
    const during = moments.filter((at) => at >= downAt && at < upAt);
    const late = during.filter((at) => at >= downAt + 5_000);
    const most = mostPerSecond(moments);
    const lagMs = lag.max / 1e6;
    console.log(
      `outage: first breaker open after ${openMs} ms, ${during.length} requests in ${OUTAGE_MS} ms (${late.length} after 5 s), ` +
        `drained ${(drainedMs / 1_000).toFixed(1)} s after it, at most ${most} requests in a second at a rate of ${RATE}, the simulator stood still for ${lagMs.toFixed(0)} ms`,
    );
    expect(openMs).toBeLessThan(5_000);
    expect(late.length).toBeLessThanOrEqual(WORKERS * 3);
    // What arrives while the simulator stands still is counted after it.
    expect(most).toBeLessThanOrEqual(RATE * (1.1 + lagMs / 1_000));
    expect(await open()).toBe(0);
    for (const url of urls) {
      const failed = 'tagwarden_queue_jobs{queue="reconcile.ims-north",state="failed"}';
      expect(await metric(url, failed)).toBe(0);
    }
  });

  test('401: a refused key is sent no more than once a target, and not at all after that', async () => {
    await Promise.all(Array.from({ length: WORKERS }, () => start('worker')));
    await start('scheduler');
    await eventually(
      () => listed(200).size >= 200,
      60_000,
      () => `${listed(200).size} targets visited`,
    );

    simulator.faults.add({
      kind: 'status',
      status: 401,
      code: 'APIGW.0301',
      service: 'ims',
      times: Infinity,
    });
    await eventually(
      () => listed(401).size > 0,
      10_000,
      () => 'no request was refused',
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const refused = listed(401);
    const total = simulator.requests.total;
    await new Promise((resolve) => setTimeout(resolve, 3_000));

    expect(Math.max(...refused.values())).toBe(1);
    expect(refused.size).toBeLessThanOrEqual(WORKERS * CONCURRENCY);
    expect(simulator.requests.total).toBe(total);
  }, 120_000);
});
