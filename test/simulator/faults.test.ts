import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFaults, type FaultRule } from '../../src/simulator/faults.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { CREDENTIALS, callUhub, createHuaweiCaller, PROJECT } from './wire.ts';

const TAGS = `/v2/${PROJECT}/images/img-1/tags`;
const REPO = '/v2/manage/namespaces/shop/repos/web/tags';

let simulator: Simulator;
let ims: Awaited<ReturnType<typeof createHuaweiCaller>>;
let swr: Awaited<ReturnType<typeof createHuaweiCaller>>;

beforeEach(async () => {
  simulator = await startSimulator({
    seed: {
      credentials: CREDENTIALS,
      images: [
        { id: 'img-1', name: 'one', tags: { env: 'prod' } },
        { id: 'img-2', name: 'two' },
      ],
      repositories: [{ name: 'shop/web', tags: { v1: 'one', v2: 'two', v3: 'three' } }],
      uhub: [{ repo: 'team', image: 'web', tags: { v1: 'one', v2: 'two' } }],
    },
  });
  ims = await createHuaweiCaller(simulator, simulator.endpoints.ims);
  swr = await createHuaweiCaller(simulator, simulator.endpoints.swr);
  simulator.requests.reset();
});
afterEach(async () => {
  await simulator.close();
});

const add = async () => await ims('POST', TAGS, { tag: { key: 'env', value: 'test' } });
const value = (): string | undefined => simulator.world.imageTags('img-1')['env'];

describe('faults on a write', () => {
  test.each<[FaultRule, number, string, boolean]>([
    [{ kind: 'before' }, 503, 'prod', false],
    [{ kind: 'before', status: 500 }, 500, 'prod', false],
    [{ kind: 'after' }, 503, 'test', true],
    [{ kind: 'after', status: 500 }, 500, 'test', true],
    [{ kind: 'partial' }, 500, 'test', true],
    [{ kind: 'partial', status: 503 }, 503, 'test', true],
    [{ kind: 'html' }, 200, 'prod', false],
    [{ kind: '429', retryAfterS: 3 }, 429, 'prod', false],
    [{ kind: 'truncate' }, 200, 'test', true],
    [{ kind: 'latency', latencyMs: 1 }, 204, 'test', true],
    [{ kind: 'status', status: 403, code: 'IMG.0026' }, 403, 'prod', false],
  ])('%j answers %i', async (rule, status, expected, executed) => {
    simulator.faults.add({ service: 'ims', operation: 'AddImageTag', target: 'img-1', ...rule });
    const reply = await add();

    expect([reply.status, value()]).toEqual([status, expected]);
    expect(simulator.journal.entries).toMatchObject([
      { before: 'prod', after: expected, executed, fault: rule.kind, status },
    ]);
    expect(simulator.requests.list).toMatchObject([
      { operation: 'AddImageTag', fault: rule.kind, status },
    ]);
    expect((await add()).status).toBe(204);
  });

  test.each<[FaultRule['kind'], string, boolean]>([
    ['reset', 'prod', false],
    ['reset-after', 'test', true],
  ])('%s destroys the connection', async (kind, expected, executed) => {
    simulator.faults.add({ kind });

    await expect(add()).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(value()).toBe(expected);
    expect(simulator.journal.entries).toMatchObject([{ executed, status: null, fault: kind }]);
  });

  test.each<[FaultRule['kind'], string]>([
    ['hang', 'prod'],
    ['hang-after', 'test'],
  ])('%s never answers until close', async (kind, expected) => {
    simulator.faults.add({ kind });
    const pending = add().then(
      () => 'answered',
      () => 'cut',
    );
    await vi.waitFor(() => expect(simulator.journal.entries).toHaveLength(1));

    expect(value()).toBe(expected);
    const startedAt = performance.now();
    await simulator.close();
    expect(await pending).toBe('cut');
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('fault bodies', () => {
  test('429 carries APIGW.0308 and Retry-After only when asked', async () => {
    simulator.faults.add({ kind: '429', retryAfterS: 3 });
    simulator.faults.add({ kind: '429' });
    const [first, second] = [await add(), await add()];

    expect(first).toMatchObject({
      headers: { 'retry-after': '3' },
      json: { error_code: 'APIGW.0308' },
    });
    expect(second.headers).not.toHaveProperty('retry-after');
  });

  test('truncate cuts JSON under an honest length, and html is a page', async () => {
    simulator.faults.add({ kind: 'truncate' });
    simulator.faults.add({ kind: 'html' });
    const [cut, page] = [await ims('GET', TAGS), await ims('GET', TAGS)];

    expect(cut).toMatchObject({
      status: 200,
      json: null,
      headers: { 'content-length': String(cut.text.length) },
    });
    expect(cut.text).toMatch(/^\{"tags"/);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('<html>');
  });

  test('SWR throttles with 403 and is busy with 409, in the shape of the switch', async () => {
    simulator.faults.add({ kind: 'swr-throttle-403' });
    simulator.faults.add({ kind: 'swr-busy-409' });
    expect(await swr('GET', REPO)).toMatchObject({
      status: 403,
      json: { error_code: 'SVCSTG.SWR.4031032' },
    });
    simulator.world.switches.swr.errorShape = 'A';
    expect(await swr('GET', REPO)).toMatchObject({
      status: 409,
      json: [{ errorCode: 'SVCSTG.SWR.4090023' }],
    });
  });

  test.each<[FaultRule, number, number]>([
    [{ kind: '429' }, 200, 153],
    [{ kind: 'retcode', code: 110 }, 200, 110],
    [{ kind: 'retcode' }, 200, 150],
    [{ kind: 'before' }, 503, 130],
    [{ kind: 'status', status: 502 }, 502, 130],
  ])('UHub turns %j into HTTP %i with RetCode %i', async (rule, status, retCode) => {
    simulator.faults.add({ service: 'uhub', ...rule });

    expect(await callUhub(simulator, { Action: 'GetRepo' })).toMatchObject({
      status,
      json: { RetCode: retCode, Action: 'GetRepoResponse' },
    });
  });

  test.each([400, 401, 403, 404, 409, 500, 503])(
    'status %i can be provoked anywhere',
    async (status) => {
      simulator.faults.add({ kind: 'status', status, times: 2 });

      expect((await ims('GET', TAGS)).status).toBe(status);
      expect((await swr('GET', REPO)).status).toBe(status);
    },
  );
});

describe('lying listings', () => {
  test('cursor-loop serves the first page again and again', async () => {
    simulator.faults.add({ kind: 'cursor-loop', times: 6 });
    const v3 = '/v3/manage/namespaces/shop/repos/web/tags?limit=2';
    const first = Object((await swr('GET', v3)).json);
    const again = Object((await swr('GET', `${v3}&marker=${first['nextMarker']}`)).json);

    expect(again).toEqual(first);
    expect((await swr('GET', `${REPO}?limit=2&offset=2`)).json).toHaveLength(2);
    expect((await ims('GET', '/v2/cloudimages?marker=img-1')).text).toContain('img-1');
    const repos = Object((await swr('GET', '/v3/manage/repos')).json);
    expect(repos['nextMarker']).toEqual(expect.any(Number));
    const uhub = await callUhub(simulator, {
      Action: 'GetImageTag',
      RepoName: 'team',
      ImageName: 'web',
      Offset: '2',
    });
    expect(uhub.text).toContain('"v1"');
  });

  test('total-mismatch announces rows that do not exist', async () => {
    simulator.faults.add({ kind: 'total-mismatch', times: 2 });
    const uhub = await callUhub(simulator, {
      Action: 'GetImageTag',
      RepoName: 'team',
      ImageName: 'web',
    });

    expect((await swr('GET', REPO)).headers['content-range']).toBe('0-3/10');
    expect(uhub.json).toMatchObject({ TotalCount: 9, TagSet: [{}, {}] });
  });

  test('null-tags puts null where the rows belong', async () => {
    simulator.faults.add({ kind: 'null-tags', times: 5 });

    expect((await ims('GET', TAGS)).json).toEqual({ tags: null });
    expect((await ims('GET', '/v2/cloudimages')).json).toMatchObject({
      images: [{ tags: null }, { tags: null }],
    });
    expect((await swr('GET', REPO)).text).toBe('null');
    expect((await swr('GET', `/v3${REPO.slice(3)}`)).json).toMatchObject({ tags: null });
    expect((await callUhub(simulator, { Action: 'GetRepo' })).json).toMatchObject({
      RepoSet: null,
    });
  });
});

test('a global latency delays every request', async () => {
  simulator.faults.latencyMs = 60;
  const startedAt = performance.now();
  await ims('GET', TAGS);

  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
});

describe('createFaults()', () => {
  const subject = { service: 'ims', operation: 'AddImageTag', target: 'img-1' } as const;

  test('hits after skip, times over, and only what matches', () => {
    const faults = createFaults(() => 0, Date.now);
    faults.add({ kind: 'before', skip: 1, times: 2, target: /^img-/ });
    const kinds = Array.from({ length: 4 }, () => faults.take(subject)?.kind ?? null);

    expect(kinds).toEqual([null, 'before', 'before', null]);
    faults.add({ kind: 'before', service: 'swr' });
    faults.add({ kind: 'before', operation: 'Other' });
    faults.add({ kind: 'before', target: 'img-2' });
    expect(faults.take(subject)).toBeNull();
  });

  test('removes rules one by one or all at once', () => {
    const faults = createFaults(() => 0, Date.now);
    const remove = faults.add({ kind: 'before' });
    const removeRandom = faults.random({ rate: 1, kinds: ['after'] });
    remove();
    expect(faults.take(subject)?.kind).toBe('after');
    removeRandom();
    expect(faults.take(subject)).toBeNull();

    faults.add({ kind: 'before' });
    faults.random({ rate: 1, kinds: ['after'] });
    faults.latencyMs = 5;
    faults.clear();
    expect([faults.take(subject), faults.latencyMs]).toEqual([null, 0]);
  });

  test('replays random faults by seed, at about the rate, in the named services only', () => {
    const draw = (): (string | null)[] => {
      const faults = createFaults(createRandom(1), Date.now);
      faults.random({ rate: 0.25, kinds: ['before', 'reset'], services: ['ims'], seed: 7 });
      expect(faults.take({ ...subject, service: 'swr' })).toBeNull();
      return Array.from({ length: 2_000 }, () => faults.take(subject)?.kind ?? null);
    };
    const kinds = draw();

    expect(draw()).toEqual(kinds);
    const hits = kinds.filter((kind) => kind !== null).length;
    expect(hits).toBeGreaterThan(400);
    expect(hits).toBeLessThan(600);
    expect(new Set(kinds)).toEqual(new Set([null, 'before', 'reset']));
  });
});
