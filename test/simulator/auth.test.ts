import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { ACCESS_KEY, CREDENTIALS, createToken, PROJECT, send, sendSigned } from './wire.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 2);
const IMAGE = { id: 'img-1', name: 'one', tags: { 'a b': '1', env: 'prod' } };

let simulator: Simulator;
let nowMs = START;

beforeEach(async () => {
  nowMs = START;
  simulator = await startSimulator({
    now: () => nowMs,
    seed: {
      credentials: {
        ...CREDENTIALS,
        huawei: [
          ...CREDENTIALS.huawei,
          { accessKey: 'TEMP', secretKey: 's', securityToken: 'st', projectId: PROJECT },
        ],
      },
      images: [IMAGE],
      repositories: [{ name: 'shop/web', tags: { v1: 'one' } }],
    },
  });
});
afterEach(async () => {
  await simulator.close();
});

const TAGS = `/v2/${PROJECT}/images/img-1/tags`;

async function listSigned(changes: Partial<Parameters<typeof sendSigned>[0]> = {}) {
  return await sendSigned({
    base: simulator.endpoints.ims,
    method: 'GET',
    path: TAGS,
    signedPath: `${TAGS}/`,
    at: nowMs,
    ...changes,
  });
}

describe('AK/SK signatures', () => {
  test('are accepted with the trailing slash in the signature only', async () => {
    expect(await listSigned()).toMatchObject({ status: 200 });
    expect(await listSigned({ signedPath: TAGS })).toMatchObject({
      status: 401,
      json: {
        error_code: 'APIGW.0301',
        error_msg: 'Incorrect IAM authentication information: verify aksk signature fail',
      },
    });
  });

  test('cover repeated and empty query values', async () => {
    const reply = await listSigned({
      path: '/v2/cloudimages',
      signedPath: '/v2/cloudimages/',
      wireQuery: 'x=2&x=1&marker=',
      signedQuery: 'marker=&x=1&x=2',
    });

    expect(reply.status).toBe(200);
  });

  test('cover the encoded path once', async () => {
    const path = `${TAGS}/a%20b`;
    const doubly = `${TAGS}/a%2520b/`;
    const request = { method: 'DELETE', path };

    expect((await listSigned({ ...request, signedPath: doubly })).status).toBe(401);
    expect((await listSigned({ ...request, signedPath: `${path}/` })).status).toBe(204);
    expect(simulator.world.imageTags('img-1')).toEqual({ env: 'prod' });
  });

  test.each([
    [15 * 60_000, 200],
    [-15 * 60_000, 200],
    [15 * 60_000 + 1_000, 401],
    [-15 * 60_000 - 1_000, 401],
  ])('with a date off by %i ms get %i', async (offsetMs, status) => {
    expect((await listSigned({ at: nowMs + offsetMs })).status).toBe(status);
  });

  test('of an unknown key are refused without counting', async () => {
    const reply = await listSigned({ accessKey: 'NOBODY' });

    expect(reply.text).toContain('Get secretKey failed,ak:NOBODY,err:ak not exist');
  });

  test('need the security token of temporary keys', async () => {
    const temporary = { accessKey: 'TEMP', secretKey: 's' };

    expect((await listSigned(temporary)).status).toBe(401);
    expect((await listSigned({ ...temporary, securityToken: 'st' })).status).toBe(200);
  });

  test('work on SWR with a dollar sign signed as %24', async () => {
    simulator.world.addRepository({ name: 'shop/team/app', tags: { v1: 'one' } });
    const reply = await listSigned({
      base: simulator.endpoints.swr,
      path: '/v2/manage/namespaces/shop/repos/team$app/tags',
      signedPath: '/v2/manage/namespaces/shop/repos/team%24app/tags/',
    });

    expect(reply).toMatchObject({ status: 200, json: [{ Tag: 'v1' }] });
  });

  test('requests without any credential get 401', async () => {
    expect((await send(simulator.endpoints.ims, TAGS)).status).toBe(401);
    expect((await send(simulator.endpoints.swr, '/v2/manage/repos')).status).toBe(401);
  });
});

describe('the access-key lock', () => {
  const fail = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count += 1) await listSigned({ secretKey: 'wrong' });
  };

  test('closes after more than five consecutive failures, for five minutes', async () => {
    await fail(6);
    const locked = await listSigned();
    nowMs += 5 * 60_000;
    const unlocked = await listSigned();

    expect(locked.status).toBe(401);
    expect(locked.text).toContain('AK access failed to reach the limit,forbidden');
    expect(unlocked.status).toBe(200);
  });

  test('stays open after five failures, and a success starts the count again', async () => {
    await fail(5);
    expect((await listSigned()).status).toBe(200);
    await fail(5);
    expect((await listSigned()).status).toBe(200);
  });

  test('is one for all services and one per key', async () => {
    await fail(6);
    const swr = await listSigned({
      base: simulator.endpoints.swr,
      path: '/v2/manage/repos',
      signedPath: '/v2/manage/repos/',
    });
    const other = await listSigned({ accessKey: 'TEMP', secretKey: 's', securityToken: 'st' });

    expect([swr.status, other.status]).toEqual([401, 200]);
  });
});

describe('IAM', () => {
  test('issues tokens in the header, valid 24 hours', async () => {
    const token = await createToken(simulator);
    const use = async (base: string, path: string) =>
      await send(base, path, { headers: { 'x-auth-token': token } });

    expect(token).toMatch(/^MIIS/);
    nowMs += 24 * HOUR_MS - 1;
    expect((await use(simulator.endpoints.ims, TAGS)).status).toBe(200);
    nowMs += 1;
    expect(await use(simulator.endpoints.ims, TAGS)).toMatchObject({
      status: 401,
      json: { error_code: 'APIGW.0307', error_msg: 'The token must be updated' },
    });
    expect(await use(simulator.endpoints.swr, '/v2/manage/repos')).toMatchObject({
      status: 401,
      json: { error_code: 'SVCSTG.SWR.4010000' },
    });
  });

  test('answers 201 with microsecond times and a shorter life by switch', async () => {
    simulator.world.switches.iam.tokenLifeMs = 60_000;
    const reply = await createTokenReply({ scope: { project: { name: 'cn-north-4' } } });

    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({
      token: {
        issued_at: '2026-01-02T00:00:00.000000Z',
        expires_at: '2026-01-02T00:01:00.000000Z',
        project: { id: PROJECT },
      },
    });
  });

  test.each([
    ['a wrong password', { password: 'wrong' }, 401],
    ['an unknown project', { scope: { project: { name: 'mars' } } }, 401],
    ['a body without identity', { auth: {} }, 400],
  ])('refuses %s', async (_name, changes, status) => {
    const reply = await createTokenReply(changes);

    expect(reply.status).toBe(status);
    expect(reply.json).toMatchObject({ error: { code: status } });
  });

  test('refuses tokens nobody issued and tokens without a project', async () => {
    const unknown = { headers: { 'x-auth-token': 'made-up' } };
    const unscoped = { headers: { 'x-auth-token': await createToken(simulator, {}) } };

    expect((await send(simulator.endpoints.ims, TAGS, unknown)).text).toContain(
      'decrypt token fail',
    );
    expect((await send(simulator.endpoints.ims, TAGS, unscoped)).status).toBe(400);
    expect((await send(simulator.endpoints.swr, '/v2/manage/repos', unscoped)).status).toBe(400);
  });

  test('checks tokens by GET and HEAD', async () => {
    const token = await createToken(simulator);
    const check = async (method: string, subject: string) =>
      await send(simulator.endpoints.iam, '/v3/auth/tokens', {
        method,
        headers: { 'x-auth-token': token, 'x-subject-token': subject },
      });

    expect((await check('GET', token)).status).toBe(200);
    expect((await check('HEAD', token)).status).toBe(200);
    expect((await check('GET', 'made-up')).status).toBe(404);
    nowMs += 24 * HOUR_MS;
    expect((await check('GET', token)).status).toBe(401);
  });

  test('finds a project by region, with a token or a signature', async () => {
    const headers = { 'x-auth-token': await createToken(simulator) };
    const path = '/v3/projects';
    const byToken = await send(simulator.endpoints.iam, `${path}?name=cn-north-4`, { headers });
    const signed = await listSigned({
      base: simulator.endpoints.iam,
      path,
      signedPath: `${path}/`,
      wireQuery: 'name=mars',
      signedQuery: 'name=mars',
    });

    expect(byToken.json).toMatchObject({ projects: [{ id: PROJECT }, {}] });
    expect(signed.json).toEqual({ projects: [] });
    expect((await send(simulator.endpoints.iam, path)).status).toBe(401);
  });

  test('issues temporary keys that work until they expire', async () => {
    const reply = await send(simulator.endpoints.iam, '/v3.0/OS-CREDENTIAL/securitytokens', {
      method: 'POST',
      headers: { 'x-auth-token': await createToken(simulator) },
      body: JSON.stringify({ auth: { identity: { methods: ['token'] } } }),
    });
    const [, , temporary] = simulator.world.credentials.huawei;
    const keys = {
      accessKey: temporary?.accessKey ?? '',
      secretKey: temporary?.secretKey ?? '',
      securityToken: temporary?.securityToken ?? '',
    };

    expect(reply.status).toBe(201);
    expect(keys.accessKey).not.toBe(ACCESS_KEY);
    expect((await listSigned(keys)).status).toBe(200);
    nowMs += 15 * 60_000;
    expect((await listSigned(keys)).status).toBe(401);
  });

  test('knows no other routes', async () => {
    expect((await send(simulator.endpoints.iam, '/v3/users')).status).toBe(404);
  });
});

async function createTokenReply(changes: {
  readonly password?: string;
  readonly scope?: unknown;
  readonly auth?: unknown;
}) {
  const user = {
    name: 'robot',
    password: changes.password ?? 'password',
    domain: { name: 'example' },
  };
  const identity = { methods: ['password'], password: { user } };
  return await send(simulator.endpoints.iam, '/v3/auth/tokens', {
    method: 'POST',
    body: JSON.stringify({ auth: changes.auth ?? { identity, scope: changes.scope } }),
  });
}
