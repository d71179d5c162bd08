import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_SEED } from '../../src/simulator/default-seed.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { CREDENTIALS, createHuaweiCaller, PROJECT, send } from './wire.ts';

let simulator: Simulator | null = null;

afterEach(async () => {
  await simulator?.close();
  simulator = null;
});

async function start(options: Parameters<typeof startSimulator>[0] = {}): Promise<Simulator> {
  simulator = await startSimulator(options);
  return simulator;
}

describe('startSimulator()', () => {
  test('starts the demo world when no seed is given', async () => {
    const { world } = await start();

    expect(world.images.size).toBe(8);
    expect(
      [...world.repositories.keys()].filter((path) => /^(shop|platform)\//.test(path)),
    ).toHaveLength(6);
    expect(world.repositoryTags('shop/web')['latest']).toBe(
      world.repositoryTags('shop/web')['v2.0.0'],
    );
    expect(Object.keys(world.imageTags('614a8fa6-cf83-4e53-91aa-d2ef90637e06'))).toHaveLength(10);
    expect([...world.uhubRepos.values()].flatMap(({ images }) => [...images.keys()])).toHaveLength(
      4,
    );
  });

  test('gives two simulators worlds of their own, even from one seed', async () => {
    const first = await start();
    const second = await startSimulator({ seed: DEFAULT_SEED });
    second.world.setRepositoryTag('shop/web', 'latest', 'other');
    second.world.switches.swr.ignoreLimit = true;
    second.world.credentials.huawei.length = 0;
    await second.close();

    expect(first.world.repositoryTags('shop/web')['latest']).toBe(
      first.world.repositoryTags('shop/web')['v2.0.0'],
    );
    expect(first.world.switches.swr.ignoreLimit).toBe(false);
    expect(first.world.credentials.huawei).toHaveLength(1);
  });

  test('uses consecutive ports from a base port, and fails cleanly when one is taken', async () => {
    const base = 23_480;
    const { endpoints } = await start({ port: base });

    expect(endpoints).toEqual({
      iam: `http://127.0.0.1:${base}`,
      ims: `http://127.0.0.1:${base + 1}`,
      swr: `http://127.0.0.1:${base + 2}`,
      uhub: `http://127.0.0.1:${base + 3}`,
      control: `http://127.0.0.1:${base + 4}`,
      oci: `http://127.0.0.1:${base + 5}`,
      swrRegistry: `http://127.0.0.1:${base + 6}`,
      uhubRegistry: `http://127.0.0.1:${base + 7}`,
    });
    await expect(startSimulator({ port: base - 2 })).rejects.toThrow('EADDRINUSE');
    const again = await startSimulator({ port: base - 8 });
    await again.close();
  });

  test.each([
    [{ image: [] }, 'image'],
    [{ repositories: [{ name: 'flat' }] }, 'Expected namespace/repository'],
    [{ switches: { swr: { x: 1 } } }, 'Unrecognized key'],
    [7, 'expected object'],
  ])('rejects the seed %j', async (seed, message) => {
    await expect(startSimulator({ seed })).rejects.toThrow(message);
  });

  test('may be closed twice', async () => {
    const { close } = await start();
    await close();
    await expect(close()).resolves.toBeUndefined();
  });

  test('answers its own defects with 500 instead of dying', async () => {
    let isBroken = false;
    const now = (): number => {
      if (isBroken) throw new Error('No clock');
      return Date.now();
    };
    const { endpoints } = await start({ now });
    const list = async () => await send(endpoints.ims, '/v2/cloudimages');
    isBroken = true;
    const broken = await list();
    isBroken = false;

    expect(broken.status).toBe(500);
    expect(broken.text).toContain('Simulator defect: Error: No clock');
    expect((await list()).status).toBe(401);
  });
});

describe('the request log', () => {
  test('counts by service and operation and keeps the caller’s headers', async () => {
    const { endpoints, requests } = await start();
    const headers = { 'user-agent': 'tagwarden/1', 'x-request-id': 'abc' };
    await send(endpoints.ims, '/v2/cloudimages', { headers });
    await send(endpoints.swr, '/v2/manage/repos', { headers });

    expect([requests.total, requests.count('ims'), requests.count('ims', 'ListImages')]).toEqual([
      2, 1, 1,
    ]);
    expect(requests.byOperation).toEqual({ 'ims.ListImages': 1, 'swr.ListRepos': 1 });
    expect(requests.list[0]).toMatchObject({
      operation: 'ListImages',
      status: 401,
      code: 'APIGW.0301',
      userAgent: 'tagwarden/1',
      correlationId: 'abc',
    });
    requests.reset();
    expect([requests.total, requests.list.length]).toEqual([0, 0]);
  });
});

describe('big worlds', () => {
  test('of 100,000 images are walked by marker without a scan per page', async () => {
    const images = Array.from({ length: 100_000 }, (_, index) => ({
      id: `img-${index}`,
      name: `n${index}`,
    }));
    const running = await start({ seed: { credentials: CREDENTIALS, images } });
    const call = await createHuaweiCaller(running, running.endpoints.ims);
    const list = async (marker: string): Promise<unknown[]> =>
      Object(
        (await call('GET', `/v2/cloudimages?owner=${PROJECT}&limit=1000&marker=${marker}`)).json,
      )['images'];
    await list('');

    const startedAt = performance.now();
    for (const marker of ['img-99000', 'img-50000', 'img-1000']) {
      expect(await list(marker)).toHaveLength(1_000);
    }
    for (let index = 0; index < 200; index += 1) {
      await call('GET', `/v2/${PROJECT}/images/img-${index}/tags`);
    }
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('the control port', () => {
  const control = async (method: string, path: string, body?: unknown) =>
    await send(simulator?.endpoints.control ?? '', path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  test('shows health, world, journal and requests', async () => {
    await start();

    expect((await control('GET', '/healthz')).json).toEqual({ status: 'ok' });
    expect((await control('GET', '/journal')).json).toEqual([]);
    expect((await control('GET', '/requests')).json).toMatchObject({
      total: 0,
      byOperation: {},
      list: [],
    });
    const world = await control('GET', '/world');
    expect(world.json).toMatchObject({
      images: expect.any(Array),
      repositories: expect.any(Array),
    });
    expect(world.text).not.toContain('secretKey');
    expect((await control('GET', '/nothing')).status).toBe(404);
  });

  test('adds and clears faults', async () => {
    const { endpoints } = await start();
    const probe = async () => (await send(endpoints.ims, '/v2/cloudimages')).status;

    expect(
      (await control('POST', '/faults', { kind: 'before', targetPattern: '^$', times: 3 })).status,
    ).toBe(201);
    expect(await probe()).toBe(503);
    expect((await control('DELETE', '/faults')).status).toBe(200);
    expect(await probe()).toBe(401);
    expect((await control('POST', '/faults', { kind: 'gremlin' })).status).toBe(400);
  });

  test('drifts tags', async () => {
    const { world } = await start();
    const change = async (service: string, target: string, value: string | null) =>
      (await control('POST', '/world/tags', { service, target, key: 'drift', value })).status;

    const image = '1c9f3a51-7a3e-4f0e-9c55-8d9a4b1e2f01';
    expect(await change('ims', image, 'x')).toBe(200);
    expect(world.imageTags(image)['drift']).toBe('x');
    for (const [service, target] of [
      ['swr', 'shop/web'],
      ['uhub', 'team/web'],
      ['oci', 'team/app'],
    ] as const) {
      expect(await change(service, target, 'x')).toBe(200);
      expect(await change(service, target, null)).toBe(200);
    }
    expect(await change('ims', image, null)).toBe(200);
    expect(await change('swr', 'no/such', 'x')).toBe(404);
    expect(await change('oci', 'no/such', 'x')).toBe(404);
    expect(await change('gcp', 'x', 'x')).toBe(400);
  });
});

describe('the switches on the control port', () => {
  test('are turned one by one, and checked strictly', async () => {
    const { world, endpoints } = await start();
    const turn = async (body: unknown) =>
      await send(endpoints.control, '/switches', { method: 'POST', body: JSON.stringify(body) });
    world.switches.swr.errorShape = 'A';

    expect((await turn({ oci: { tagDelete: '405' }, swr: { v3Available: false } })).status).toBe(
      200,
    );
    expect(world.switches.oci.tagDelete).toBe('405');
    expect(world.switches.swr).toMatchObject({ errorShape: 'A', v3Available: false });
    for (const wrong of [{ oci: { tagDelete: '418' } }, { oci: { x: 1 } }, { gcp: {} }, 7]) {
      expect((await turn(wrong)).status).toBe(400);
    }
    expect(world.switches.oci.tagDelete).toBe('405');
  });
});

describe('main', () => {
  test('prints the endpoints and ends with 0 on SIGTERM', async () => {
    const child = spawn(process.execPath, ['src/simulator/main.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    const { ims, control } = JSON.parse(String(line));
    const health = await send(control, '/healthz');
    const closed = once(child, 'exit');
    child.kill('SIGTERM');

    expect(ims).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(health.status).toBe(200);
    expect(await closed).toEqual([0, null]);
  });
});
