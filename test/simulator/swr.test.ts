import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import { CREDENTIALS, createHuaweiCaller } from './wire.ts';

const WEB = '/v2/manage/namespaces/shop/repos/web';

let simulator: Simulator;
let call: Awaited<ReturnType<typeof createHuaweiCaller>>;

beforeEach(async () => {
  simulator = await startSimulator({
    seed: {
      credentials: CREDENTIALS,
      repositories: [
        {
          name: 'shop/web',
          tags: {
            v1: { digest: 'one', updated: '2024-01-01T00:00:00Z' },
            v2: { digest: 'two', updated: '2024-02-01T00:00:00Z' },
            latest: { digest: 'one', updated: '2024-03-01T00:00:00Z' },
          },
        },
        { name: 'shop/team/app', tags: { v1: 'app' }, public: true },
        { name: 'platform/base' },
      ],
    },
  });
  call = await createHuaweiCaller(simulator, simulator.endpoints.swr);
});
afterEach(async () => {
  await simulator.close();
});

async function copy(source_tag: unknown, destination_tag: unknown, override?: unknown) {
  return await call('POST', `${WEB}/tags`, { source_tag, destination_tag, override });
}

function namesIn(rows: unknown, field: string): unknown[] {
  return Array.isArray(rows) ? rows.map((row) => Object(row)[field]) : [];
}

describe('POST …/tags', () => {
  test.each([
    ['absent, override false', 'v2', 'stable', false, 201],
    ['absent, override true', 'v2', 'stable', true, 201],
    ['absent, override omitted', 'v2', 'stable', undefined, 201],
    ['present, override false', 'v2', 'latest', false, 409],
    ['present, override omitted', 'v2', 'latest', undefined, 409],
    ['present, override true', 'v2', 'latest', true, 201],
    ['present with the same digest, override false', 'v1', 'latest', false, 409],
    ['a missing source', 'v9', 'latest', true, 404],
  ])('with the destination %s', async (_name, source, destination, override, status) => {
    const before = simulator.world.repositoryTags('shop/web');
    const reply = await copy(source, destination, override);

    expect(reply.status).toBe(status);
    const after = simulator.world.repositoryTags('shop/web');
    expect(after[destination]).toBe(status === 201 ? after[source] : before[destination]);
    expect(simulator.journal.entries).toMatchObject([
      {
        operation: 'copy',
        target: 'shop/web',
        key: destination,
        from: source,
        executed: status === 201,
      },
    ]);
  });

  test('overwrites when override is omitted, by switch', async () => {
    simulator.world.switches.swr.overrideDefault = true;

    expect((await copy('v2', 'latest')).status).toBe(201);
    expect(simulator.world.repositoryTags('shop/web')['latest']).toBe(digestOf('two'));
  });

  test.each([
    ['a missing field', undefined, 'x', '4001014'],
    ['a bad tag name', 'v1', '-x', '4000016'],
    ['a bad override', 'v1', 'x', '4001014'],
  ])('refuses %s', async (name, source, destination, code) => {
    const reply = await copy(source, destination, name === 'a bad override' ? 'yes' : false);

    expect(reply).toMatchObject({ status: 400, json: { error_code: `SVCSTG.SWR.${code}` } });
  });
});

describe('names', () => {
  test('turn a dollar sign into a slash, encoded or not', async () => {
    const path = '/v2/manage/namespaces/shop/repos';

    expect((await call('GET', `${path}/team$app/tags`)).status).toBe(200);
    expect((await call('GET', `${path}/team%24app/tags`)).status).toBe(200);
    expect(await call('GET', `${path}/team/app/tags`)).toMatchObject({
      status: 404,
      json: { error_code: 'SVCSTG.SWR.4040083' },
    });
    expect((await call('GET', `${path}/team%2Fapp/tags`)).status).toBe(404);
  });

  test.each([
    ['Shop/repos/web', 400],
    ['1shop/repos/web', 400],
    ['shop-/repos/web', 400],
    ['sh___op/repos/web', 400],
    ['sh._op/repos/web', 400],
    [`${'a'.repeat(65)}/repos/web`, 400],
    ['shop/repos/we--b', 400],
    ['shop/repos/web$', 400],
    ['shop/repos/we.$b', 400],
    [`shop/repos/${'a'.repeat(129)}`, 400],
    ['nobody/repos/web', 404],
    ['shop/repos/nothing', 404],
    ['sh__op/repos/w__b', 404],
  ])('%s gets %i', async (path, status) => {
    expect((await call('GET', `/v2/manage/namespaces/${path}/tags`)).status).toBe(status);
  });
});

describe('GET v2 …/tags', () => {
  test('is a bare array, newest first, with Tag and Content-Range', async () => {
    const reply = await call('GET', `${WEB}/tags?limit=2&offset=0`);

    expect(namesIn(reply.json, 'Tag')).toEqual(['latest', 'v2']);
    expect(namesIn(reply.json, 'digest')).toEqual([digestOf('one'), digestOf('two')]);
    expect(namesIn(reply.json, 'tag')).toEqual([undefined, undefined]);
    expect(namesIn(reply.json, 'updated')).toEqual([
      '2024-03-01T00:00:00Z',
      '2024-02-01T00:00:00Z',
    ]);
    expect(reply.headers['content-range']).toBe('0-2/3');
  });

  test.each([
    ['order_column=tag&order_type=asc', ['latest', 'v1', 'v2']],
    ['order_column=tag&order_type=asc&limit=2&offset=2', ['v2']],
    ['order_column=updated_at&order_type=asc', ['v1', 'v2', 'latest']],
    ['tag=v', ['v2', 'v1']],
    ['filter=tag::v1%7Corder_type::desc', ['v1']],
    ['filter=limit::1%7Coffset::1%7Corder_column::tag%7Corder_type::asc', ['v1']],
    ['limit=10&offset=50', []],
  ])('%s', async (query, expected) => {
    expect(namesIn((await call('GET', `${WEB}/tags?${query}`)).json, 'Tag')).toEqual(expected);
  });

  test('returns everything where the region ignores limit', async () => {
    simulator.world.switches.swr.ignoreLimit = true;
    const reply = await call('GET', `${WEB}/tags?limit=1&offset=2`);

    expect(namesIn(reply.json, 'Tag')).toHaveLength(3);
  });

  test('refuses odd offsets where the region does, and bad numbers everywhere', async () => {
    expect((await call('GET', `${WEB}/tags?limit=2&offset=1`)).status).toBe(200);
    simulator.world.switches.swr.offsetMustBeMultiple = true;
    expect((await call('GET', `${WEB}/tags?limit=2&offset=1`)).status).toBe(400);
    expect((await call('GET', `${WEB}/tags?limit=1001&offset=0`)).status).toBe(400);
    expect((await call('GET', `${WEB}/tags?limit=1&offset=-1`)).status).toBe(400);
  });
});

describe('GET v3 …/tags', () => {
  const path = '/v3/manage/namespaces/shop/repos/web/tags';

  test('walks by nextMarker with lower-case tag', async () => {
    const first = await call('GET', `${path}?limit=2&order_column=tag&order_type=asc`);
    const body = Object(first.json);
    const query = `limit=2&order_column=tag&order_type=asc&marker=${body['nextMarker']}`;
    const second = await call('GET', `${path}?${query}`);

    expect(namesIn(body['tags'], 'tag')).toEqual(['latest', 'v1']);
    expect(body['has_more']).toBe(true);
    expect(second.json).toMatchObject({ has_more: false, tags: [{ tag: 'v2' }] });
    expect(second.json).not.toHaveProperty('nextMarker');
    expect(namesIn(body['tags'], 'Tag')).toEqual([undefined, undefined]);
  });

  test('refuses markers it did not give, and is missing in some regions', async () => {
    expect((await call('GET', `${path}?marker=x`)).status).toBe(400);
    simulator.world.switches.swr.v3Available = false;
    expect((await call('GET', path)).status).toBe(404);
  });
});

describe('DELETE …/tags/{tag}', () => {
  test('is 204 once, 404 twice, and spares siblings of the digest', async () => {
    expect((await call('DELETE', `${WEB}/tags/v1`)).status).toBe(204);
    expect(await call('DELETE', `${WEB}/tags/v1`)).toMatchObject({
      status: 404,
      json: { error_code: 'SVCSTG.SWR.4040048' },
    });
    expect(simulator.world.repositoryTags('shop/web')).toEqual({
      v2: digestOf('two'),
      latest: digestOf('one'),
    });
  });
});

describe('repositories and organizations', () => {
  test('v2 lists a bare array with Content-Range', async () => {
    const reply = await call('GET', '/v2/manage/repos?limit=2&offset=0');

    expect(namesIn(reply.json, 'name')).toEqual(['web', 'team/app']);
    expect(reply.json).toMatchObject([{ namespace: 'shop', num_images: 3, total_range: 3 }, {}]);
    expect(reply.headers['content-range']).toBe('0-2/3');
  });

  test.each([
    ['namespace=shop', ['web', 'team/app']],
    ['name=bas', ['base']],
    ['is_public=true', ['team/app']],
    ['order_column=name&order_type=asc', ['base', 'team/app', 'web']],
    ['order_column=tag_count&order_type=desc', ['web', 'team/app', 'base']],
    ['order_column=updated_time&order_type=asc&namespace=shop', ['web', 'team/app']],
    ['filter=center::self%7Cnamespace::platform', ['base']],
  ])('v2 with %s', async (query, expected) => {
    expect(namesIn((await call('GET', `/v2/manage/repos?${query}`)).json, 'name')).toEqual(
      expected,
    );
  });

  test('v3 walks by an integer marker', async () => {
    const first = Object((await call('GET', '/v3/manage/repos?limit=2')).json);
    const second = await call('GET', `/v3/manage/repos?limit=2&marker=${first['nextMarker']}`);

    expect(namesIn(first['repos'], 'name')).toEqual(['web', 'team/app']);
    expect(first['nextMarker']).toEqual(expect.any(Number));
    expect(second.json).toMatchObject({ repos: [{ name: 'base' }] });
    expect(second.json).not.toHaveProperty('nextMarker');
  });

  test('one repository and all organizations can be read', async () => {
    expect((await call('GET', WEB)).json).toMatchObject({ name: 'web', num_images: 3 });
    expect((await call('GET', '/v2/manage/namespaces')).json).toMatchObject({
      namespaces: [{ name: 'shop', auth: 7 }, { name: 'platform' }],
    });
    expect((await call('GET', '/v2/manage/namespaces?filter=namespace::shop')).json).toMatchObject({
      namespaces: [{ name: 'shop' }],
    });
  });
});

const CODE = 'SVCSTG.SWR.4040048';
test.each([
  ['A', [{ errorCode: CODE }]],
  ['B', { error_code: CODE, errors: [{ errorCode: CODE }] }],
  ['C', { error_code: CODE, request_id: expect.any(String) }],
  ['D', { errors: [{ code: 'NAME_UNKNOWN' }] }],
] as const)('errors take shape %s', async (shape, expected) => {
  simulator.world.switches.swr.errorShape = shape;

  expect((await call('DELETE', `${WEB}/tags/none`)).json).toMatchObject(expected);
});

test.each([
  ['GET', '/v1/manage/repos'],
  ['POST', '/v2/manage/repos'],
  ['GET', `${WEB}/other`],
  ['DELETE', `${WEB}/tags/`],
  ['GET', '/v2/library/tags/list'],
])('%s %s does not exist', async (method, path) => {
  expect((await call(method, path)).status).toBe(404);
});
