import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { CREDENTIALS, createHuaweiCaller, PROJECT } from './wire.ts';

const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, 'v']));
const TAGS = `/v2/${PROJECT}/images/img-1/tags`;

let simulator: Simulator;
let call: Awaited<ReturnType<typeof createHuaweiCaller>>;

beforeEach(async () => {
  simulator = await startSimulator({
    seed: {
      credentials: CREDENTIALS,
      images: [
        { id: 'img-1', name: 'one', tags: { env: 'prod' } },
        { id: 'full', name: 'full', tags: TEN },
        { id: 'theirs', name: 'theirs', owner: 'other', visibility: 'public', tags: { a: 'b' } },
        { id: 'hidden', name: 'hidden', owner: 'other' },
      ],
    },
  });
  call = await createHuaweiCaller(simulator, simulator.endpoints.ims);
});
afterEach(async () => {
  await simulator.close();
});

async function add(key: unknown, value: unknown, image = 'img-1') {
  return await call('POST', `/v2/${PROJECT}/images/${image}/tags`, { tag: { key, value } });
}

describe('POST …/tags', () => {
  test.each([
    ['a new key', 'owner', 'shop', { env: 'prod', owner: 'shop' }],
    ['another value', 'env', 'test', { env: 'test' }],
    ['the same pair', 'env', 'prod', { env: 'prod' }],
    ['an empty value', 'env', '', { env: '' }],
    ['a blank value', 'env', ' ', { env: ' ' }],
    [
      'the longest pair',
      '键'.repeat(36),
      '值'.repeat(43),
      { env: 'prod', ['键'.repeat(36)]: '值'.repeat(43) },
    ],
  ])('upserts %s and answers 204 without a body', async (_name, key, value, expected) => {
    const reply = await add(key, value);

    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(simulator.world.imageTags('img-1')).toEqual(expected);
  });

  test.each([
    ['a long key', 'k'.repeat(37), 'v', 'IMG.0115'],
    ['a long value', 'k', 'v'.repeat(44), 'IMG.0115'],
    ['an empty key', '', 'v', 'IMG.0115'],
    ['a blank key', '  ', 'v', 'IMG.0115'],
    ['a forbidden character', 'a=b', 'v', 'IMG.0115'],
    ['a null value', 'k', null, 'IMG.0115'],
    ['a missing value', 'k', undefined, 'IMG.0115'],
  ])('refuses %s', async (_name, key, value, code) => {
    expect(await add(key, value)).toMatchObject({ status: 400, json: { error: { code } } });
    expect(simulator.world.imageTags('img-1')).toEqual({ env: 'prod' });
  });

  test('refuses an eleventh key but updates one of ten', async () => {
    expect(await add('extra', 'v', 'full')).toMatchObject({
      status: 400,
      json: { error: { code: 'IMG.0116' } },
    });
    expect((await add('k3', 'new', 'full')).status).toBe(204);
  });

  test('updates a key of an image that carries more than ten from older days', async () => {
    simulator.world.setImageTag('full', 'k10', 'v');

    expect((await add('k3', 'new', 'full')).status).toBe(204);
  });

  test('refuses broken bodies', async () => {
    expect((await call('POST', TAGS, '{')).text).toContain('IMG.0001');
    expect((await call('POST', TAGS)).text).toContain('IMG.0007');
    expect((await call('POST', TAGS, { tag: 'x' })).text).toContain('IMG.0001');
  });

  test('refuses "" by switch and other character sets by switch', async () => {
    const { ims } = simulator.world.switches;
    ims.acceptEmptyValue = false;
    expect((await add('k', '')).status).toBe(400);
    ims.charset = 'older';
    expect((await add('a b', 'v')).status).toBe(400);
    ims.charset = 'any';
    expect((await add('a=b', 'v')).status).toBe(204);
  });
});

describe('missing and foreign images', () => {
  test('are 404, or 400 with IMG.0144 by switch', async () => {
    const path = `/v2/${PROJECT}/images/nope/tags`;
    expect((await call('GET', path)).status).toBe(404);
    simulator.world.switches.ims.missingImage = '400';
    expect(await call('GET', path)).toMatchObject({
      status: 400,
      json: { error: { code: 'IMG.0144' } },
    });
  });

  test('of others can be read when shared, never written', async () => {
    expect((await call('GET', `/v2/${PROJECT}/images/theirs/tags`)).status).toBe(200);
    expect((await add('k', 'v', 'theirs')).text).toContain('IMG.0047');
    expect((await call('GET', `/v2/${PROJECT}/images/hidden/tags`)).status).toBe(404);
  });

  test('need the caller’s own project in the path', async () => {
    expect((await call('GET', '/v2/other/images/img-1/tags')).text).toContain('IMG.0030');
  });
});

test.each([
  ['wrapped', { error: { code: 'IMG.0144' } }],
  ['flat', { error_code: 'IMG.0144' }],
  ['gateway', { error_code: 'IMG.0144', request_id: expect.any(String) }],
] as const)('errors take the %s shape', async (shape, expected) => {
  simulator.world.switches.ims.errorShape = shape;

  expect((await call('GET', `/v2/${PROJECT}/images/nope/tags`)).json).toMatchObject(expected);
});

describe('GET …/tags', () => {
  test('lists objects', async () => {
    const reply = await call('GET', TAGS);

    expect(reply.json).toEqual({ tags: [{ key: 'env', value: 'prod' }] });
    expect(reply.headers['x-request-id']).toEqual(expect.any(String));
  });
});

describe('DELETE …/tags/{key}', () => {
  test('is 204 once and 404 afterwards', async () => {
    expect((await call('DELETE', `${TAGS}/env`)).status).toBe(204);
    expect((await call('DELETE', `${TAGS}/env`)).status).toBe(404);
  });

  test.each(['a'.repeat(200), '值/=*', ' '])('does not check the key "%s"', async (key) => {
    simulator.world.setImageTag('img-1', key, 'legacy');

    expect((await call('DELETE', `${TAGS}/${encodeURIComponent(key)}`)).status).toBe(204);
  });
});

describe('POST …/tags/action', () => {
  const batch = async (action: string, tags: unknown, image = 'img-1') =>
    await call('POST', `/v2/${PROJECT}/images/${image}/tags/action`, { action, tags });

  test('creates, updates and forgives missing keys on delete', async () => {
    const created = await batch('create', [
      { key: 'env', value: 'x' },
      { key: 'b', value: '' },
    ]);
    expect(created.status).toBe(204);
    expect(simulator.world.imageTags('img-1')).toEqual({ env: 'x', b: '' });

    expect((await batch('delete', [{ key: 'env' }, { key: 'absent' }])).status).toBe(204);
    expect(simulator.world.imageTags('img-1')).toEqual({ b: '' });
  });

  test.each([
    [
      'duplicate keys',
      'create',
      [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
      'IMG.0115',
    ],
    [
      'eleven entries',
      'delete',
      Array.from({ length: 11 }, (_, n) => ({ key: `${n}` })),
      'IMG.0116',
    ],
    ['an unknown action', 'Create', [{ key: 'a', value: '1' }], 'IMG.0001'],
    ['no entries', 'create', [], 'IMG.0001'],
    ['a missing value', 'create', [{ key: 'a' }], 'IMG.0115'],
    ['a blank key', 'delete', [{ key: ' ' }], 'IMG.0115'],
  ])('refuses %s', async (_name, action, tags, code) => {
    expect(await batch(action, tags)).toMatchObject({ status: 400, json: { error: { code } } });
  });

  test('is all or nothing over the cap, or partial by switch', async () => {
    simulator.world.deleteImageTag('full', 'k0');
    const two = [
      { key: 'x', value: '1' },
      { key: 'y', value: '2' },
    ];

    expect((await batch('create', two, 'full')).text).toContain('IMG.0116');
    expect(simulator.world.imageTags('full')).not.toHaveProperty('x');
    expect(simulator.journal.executed()).toEqual([]);
    simulator.world.switches.ims.batchAtomic = false;
    expect((await batch('create', two, 'full')).text).toContain('IMG.0116');
    expect(simulator.journal.executed()).toMatchObject([
      { operation: 'add', key: 'x', after: '1' },
    ]);
    expect(simulator.world.imageTags('full')).toMatchObject({ x: '1' });
    expect(simulator.world.imageTags('full')).not.toHaveProperty('y');
  });
});

test('GET …/images/tags groups the project’s values by key', async () => {
  await add('env', 'test');
  simulator.world.setImageTag('full', 'env', 'prod');

  expect((await call('GET', `/v2/${PROJECT}/images/tags`)).json).toMatchObject({
    tags: expect.arrayContaining([{ key: 'env', values: ['test', 'prod'] }]),
  });
});

test('the journal holds before and after of every write, refused ones included', async () => {
  await add('env', 'test');
  await add('k'.repeat(40), 'v');
  await call('DELETE', `${TAGS}/env`);

  expect(simulator.journal.entries).toMatchObject([
    {
      seq: 1,
      service: 'ims',
      operation: 'add',
      target: 'img-1',
      key: 'env',
      before: 'prod',
      after: 'test',
      status: 204,
      executed: true,
      fault: null,
    },
    {
      seq: 2,
      operation: 'add',
      before: null,
      after: null,
      status: 400,
      code: 'IMG.0115',
      executed: false,
    },
    { seq: 3, operation: 'delete', key: 'env', before: 'test', after: null, executed: true },
  ]);
  expect(simulator.journal.executed()).toHaveLength(2);
  simulator.journal.reset();
  expect(simulator.journal.entries).toEqual([]);
});

test.each([
  ['PUT', TAGS],
  ['GET', '/v2'],
  ['GET', '/v9/cloudimages'],
  ['POST', `${TAGS}/other`],
  ['DELETE', `${TAGS}/`],
  ['GET', '/v2/%E0%A4%A/images'],
])('%s %s does not exist', async (method, path) => {
  expect(await call(method, path)).toMatchObject({
    status: 404,
    json: { error_code: 'APIGW.0101' },
  });
});
