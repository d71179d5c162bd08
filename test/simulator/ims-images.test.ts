import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { CREDENTIALS, createHuaweiCaller, PROJECT } from './wire.ts';

let simulator: Simulator;
let call: Awaited<ReturnType<typeof createHuaweiCaller>>;

beforeEach(async () => {
  simulator = await startSimulator({
    seed: {
      credentials: CREDENTIALS,
      images: [
        { id: 'a', name: 'web', tags: { env: 'prod', 'os.name': '' } },
        { id: 'b', name: 'web-2', tags: { env: 'test' }, status: 'saving' },
        { id: 'c', name: 'db', osType: 'Windows' },
        { id: 'd', name: 'gold', owner: 'huawei', visibility: 'public', tags: { env: 'prod' } },
        { id: 'e', name: 'secret', owner: 'other' },
      ],
    },
  });
  call = await createHuaweiCaller(simulator, simulator.endpoints.ims);
});
afterEach(async () => {
  await simulator.close();
});

async function list(query: string): Promise<string[]> {
  const reply = await call('GET', `/v2/cloudimages${query}`);
  return idsIn(reply.json, 'images', 'id');
}

function idsIn(body: unknown, list: string, field: string): string[] {
  const rows: unknown = Object.entries(Object(body)).find(([name]) => name === list)?.[1];
  return Array.isArray(rows) ? rows.map((row) => String(Object(row)[field])) : [];
}

describe('GET /v2/cloudimages', () => {
  test.each([
    ['', ['d', 'c', 'b', 'a']],
    ['?limit=2', ['d', 'c']],
    ['?limit=2&marker=c', ['b', 'a']],
    ['?limit=2&marker=a', []],
    ['?marker=', ['d', 'c', 'b', 'a']],
    ['?id=b', ['b']],
    ['?id=zzz', []],
    ['?name=web', ['a']],
    ['?__imagetype=gold', ['d']],
    ['?__imagetype=private', ['c', 'b', 'a']],
    ['?visibility=public', ['d']],
    [`?owner=${PROJECT}`, ['c', 'b', 'a']],
    ['?tag=env%3Dprod', ['d', 'a']],
    ['?tag=os.name', ['a']],
    ['?status=saving', ['b']],
    ['?__os_type=Windows', ['c']],
    ['?sort_key=name&sort_dir=asc', ['c', 'd', 'a', 'b']],
    ['?sort_key=id&sort_dir=asc&limit=1&marker=a', ['b']],
    ['?created_at=gt:2024-01-01T00:00:01Z', ['d', 'c']],
    ['?created_at=gte:2024-01-01T00:00:03Z', ['d']],
    ['?created_at=lt:2024-01-01T00:00:01Z', ['a']],
    ['?created_at=eq:2024-01-01T00:00:02Z', ['c']],
    ['?created_at=neq:2024-01-01T00:00:02Z', ['d', 'b', 'a']],
    ['?created_at=soon', ['d', 'c', 'b', 'a']],
    ['?created_at=lte:2024-01-01T00:00:00Z', ['a']],
    ['?__support_kvm=true', ['d', 'c', 'b', 'a']],
  ])('with "%s" is %j', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  test('shows tags as strings, with either separator', async () => {
    const read = async () => (await call('GET', '/v2/cloudimages?id=a')).json;

    expect(await read()).toMatchObject({ images: [{ tags: ['env=prod', 'os.name='] }] });
    simulator.world.switches.ims.tagSeparator = '.';
    expect(await read()).toMatchObject({ images: [{ tags: ['env.prod', 'os.name'] }] });
  });

  test('follows added and removed images, and refuses a removed marker', async () => {
    expect(await list('?limit=1')).toEqual(['d']);
    simulator.world.removeImage('d');
    simulator.world.addImage({ id: 'f', name: 'new' });

    expect(await list('?limit=1')).toEqual(['f']);
    expect((await call('GET', '/v2/cloudimages?marker=d')).status).toBe(400);
    expect((await call('GET', '/v2/cloudimages?limit=x')).status).toBe(400);
  });
});

describe('POST …/resource_instances/action', () => {
  const query = async (body: Record<string, unknown>) =>
    await call('POST', `/v2/${PROJECT}/images/resource_instances/action`, body);
  const env = (...values: string[]) => [{ key: 'env', values }];

  test.each([
    [{}, ['c', 'b', 'a']],
    [{ tags: env('prod') }, ['a']],
    [{ tags: env('prod', 'test') }, ['b', 'a']],
    [{ tags: env() }, ['b', 'a']],
    [{ tags: [...env(), { key: 'os.name', values: [''] }] }, ['a']],
    [{ tags_any: [...env('test'), { key: 'os.name', values: [] }] }, ['b', 'a']],
    [{ not_tags: env('prod') }, ['c', 'b']],
    [{ not_tags_any: env() }, ['c']],
    [{ without_any_tag: true, tags: env('prod') }, ['c']],
    [{ matches: [{ key: 'resource_name', value: 'web' }] }, ['b', 'a']],
    [{ matches: [{ key: 'resource_id', value: 'c' }] }, ['c']],
    [{ limit: '1', offset: '1' }, ['b']],
  ])('filter %j is %j', async (body, expected) => {
    const reply = await query({ action: 'filter', ...body });

    expect(reply.status).toBe(200);
    expect(idsIn(reply.json, 'resources', 'resource_id')).toEqual(expected);
  });

  test('counts without rows and shows tags as objects', async () => {
    expect((await query({ action: 'count', limit: '1' })).json).toEqual({ total_count: 3 });
    expect((await query({ action: 'filter', tags: env('prod') })).json).toEqual({
      total_count: 1,
      resources: [
        {
          resource_id: 'a',
          resource_name: 'web',
          resource_detail: { status: 'active' },
          tags: [
            { key: 'env', value: 'prod' },
            { key: 'os.name', value: '' },
          ],
        },
      ],
    });
  });

  test.each([
    { action: 'Filter' },
    { action: 'filter', limit: 10 },
    { action: 'filter', limit: '0' },
    { action: 'filter', limit: '1001' },
    { action: 'filter', offset: '-1' },
    { action: 'filter', tags: [] },
    { action: 'filter', tags: [...env(), ...env()] },
    { action: 'filter', tags: env('a', 'a') },
    { action: 'filter', matches: [{ key: 'name', value: 'x' }] },
  ])('refuses %j', async (body) => {
    expect((await query(body)).status).toBe(400);
  });
});
