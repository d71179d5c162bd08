import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RegistrySwitches } from '../../src/simulator/oci-switches.ts';
import { basic, challengeOf, type Guarded, startGuarded } from './guarded.ts';
import { codeOf } from './registry.ts';
import { send } from './wire.ts';

const TAG = '/v2/team/app/manifests/v1';
const BLOBS = '/v2/team/app/blobs/uploads/';
const ROBOT = basic('robot', 'pw:with:colons');
const READER = basic('reader', 'pw');

let now = 0;
let simulator: Guarded['simulator'];
let ask: Guarded['ask'];
let turn: Guarded['turn'];
let tokenFor: Guarded['tokenFor'];

beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  ({ simulator, ask, turn, tokenFor } = await startGuarded(() => now));
});
afterEach(async () => {
  await simulator.close();
});

describe('basic', () => {
  beforeEach(() => turn({ auth: 'basic' }));

  test.each<[string, string | undefined, string, string, number]>([
    ['nobody', undefined, 'GET', TAG, 401],
    ['a wrong password', basic('robot', 'no'), 'GET', TAG, 401],
    ['an unreadable header', 'Basic !', 'GET', TAG, 401],
    ['robot', ROBOT, 'GET', TAG, 200],
    ['robot', ROBOT, 'GET', '/v2/', 200],
    ['robot', ROBOT, 'GET', '/v2/_catalog', 200],
    ['robot', ROBOT, 'DELETE', TAG, 202],
    ['reader', READER, 'GET', TAG, 200],
    ['reader', READER, 'DELETE', TAG, 403],
    ['reader', READER, 'POST', BLOBS, 403],
    ['reader', READER, 'GET', '/v2/other/app/manifests/v1', 403],
  ])('lets %s (%s) %s %s: %i', async (_name, authorization, method, path, status) => {
    const reply = await ask(path, {
      method,
      ...(authorization === undefined ? {} : { authorization }),
    });

    expect(reply.status).toBe(status);
    expect(challengeOf(reply)).toBe(status === 401 ? 'Basic realm="registry"' : '');
    expect(codeOf(reply) === 'DENIED').toBe(status === 403);
  });

  test('lets everybody read by switch, and still asks at the base', async () => {
    turn({ anonymousPull: true });

    expect((await ask(TAG)).status).toBe(200);
    expect((await ask('/v2/')).status).toBe(401);
    expect((await ask(TAG, { method: 'DELETE' })).status).toBe(401);
  });
});

describe('bearer', () => {
  beforeEach(() => turn({ auth: 'bearer' }));

  test('challenges with realm, service and the scope the call needs', async () => {
    const realm = `${simulator.endpoints.oci}/token`;
    const shared = `Bearer realm="${realm}",service="registry.example"`;

    expect(challengeOf(await ask('/v2/'))).toBe(shared);
    expect(challengeOf(await ask(TAG))).toBe(`${shared},scope="repository:team/app:pull"`);
    expect(challengeOf(await ask(BLOBS, { method: 'POST' }))).toBe(
      `${shared},scope="repository:team/app:pull,push"`,
    );
    expect(challengeOf(await ask(TAG, { method: 'DELETE' }))).toBe(
      `${shared},scope="repository:team/app:delete"`,
    );
    expect(challengeOf(await ask('/v2/_catalog'))).toBe(`${shared},scope="registry:catalog:*"`);
  });

  test.each<[Partial<RegistrySwitches>, RegExp]>([
    [{ challengeScope: 'pull' }, /,scope="repository:team\/app:pull"$/],
    [{ challengeScope: 'empty' }, /,scope="repository:team\/app:"$/],
    [{ challengeScope: 'none' }, /service="registry\.example"$/],
    [{ realm: 'https://elsewhere.example/token' }, /realm="https:\/\/elsewhere\.example\/token"/],
    [{ challengeStyle: 'shuffled' }, /^bearer {2}SCOPE="[^"]+,[^"]+" , SERVICE="[^"]+" , REALM="/],
  ])('challenges otherwise by switch %j', async (switches, expected) => {
    turn(switches);

    expect(challengeOf(await ask(BLOBS, { method: 'POST' }))).toMatch(expected);
  });

  test('a token opens what was asked for and nothing else', async () => {
    const authorization = await tokenFor('repository:team/app:pull', { login: ROBOT });

    expect((await ask(TAG, { authorization })).status).toBe(200);
    expect((await ask('/v2/', { authorization })).status).toBe(200);
    for (const [path, method] of [
      [TAG, 'DELETE'],
      [BLOBS, 'POST'],
      ['/v2/other/app/manifests/v1', 'GET'],
    ] as const) {
      const reply = await ask(path, { method, authorization });
      expect(reply.status).toBe(401);
      expect(challengeOf(reply)).toContain('error="insufficient_scope"');
    }
    turn({ insufficient: '403' });
    expect((await ask(TAG, { method: 'DELETE', authorization })).status).toBe(403);
  });

  test('several scopes come in several parameters, and * means everything', async () => {
    const scope = 'repository:team/app:*&scope=repository:other/app:pull';
    const authorization = await tokenFor(scope, { login: ROBOT });

    expect((await ask('/v2/other/app/manifests/v1', { authorization })).status).toBe(200);
    expect((await ask(TAG, { method: 'DELETE', authorization })).status).toBe(202);
  });

  test('a login that may less is granted less, without an error', async () => {
    const authorization = await tokenFor('repository:team/app:pull,push', { login: READER });

    expect((await ask(TAG, { authorization })).status).toBe(200);
    expect((await ask(BLOBS, { method: 'POST', authorization })).status).toBe(401);
  });

  test.each(['pull', 'none'] as const)('the service grants only %s by switch', async (grant) => {
    turn({ grant });
    const authorization = await tokenFor('repository:team/app:pull,push', { login: ROBOT });

    expect((await ask(TAG, { authorization })).status).toBe(grant === 'pull' ? 200 : 401);
    expect((await ask(BLOBS, { method: 'POST', authorization })).status).toBe(401);
  });

  test('deletes need the push right by switch', async () => {
    turn({ deleteNeeds: 'push' });
    const authorization = await tokenFor('repository:team/app:pull,push', { login: ROBOT });

    expect((await ask(TAG, { method: 'DELETE', authorization })).status).toBe(202);
  });

  test('an anonymous token reads what anybody may read', async () => {
    const scope = 'repository:team/app:pull,push';
    expect((await ask(TAG, { authorization: await tokenFor(scope) })).status).toBe(401);
    turn({ anonymousPull: true });
    const authorization = await tokenFor(scope);

    expect((await ask(TAG)).status).toBe(401);
    expect((await ask(TAG, { authorization })).status).toBe(200);
    expect((await ask(BLOBS, { method: 'POST', authorization })).status).toBe(401);
  });

  test('a token ends when it expires and when it is revoked', async () => {
    const first = await tokenFor('repository:team/app:pull', { login: ROBOT });
    now += 299_000;
    expect((await ask(TAG, { authorization: first })).status).toBe(200);
    now += 1_000;
    const expired = await ask(TAG, { authorization: first });
    expect([expired.status, challengeOf(expired)]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);

    const second = await tokenFor('repository:team/app:pull', { login: ROBOT });
    await send(simulator.endpoints.control, '/registry-tokens', { method: 'DELETE' });
    expect((await ask(TAG, { authorization: second })).status).toBe(401);
  });

  test('the token service answers in its own way by switch, and not everybody', async () => {
    turn({ expiresInS: null, tokenField: 'access_token' });
    const path = '/token?service=registry.example&scope=repository:team/app:pull';
    const reply = await ask(path, { authorization: ROBOT });

    expect(Object.keys(Object(reply.json)).toSorted()).toEqual(['access_token', 'issued_at']);
    const authorization = `Bearer ${Object(reply.json)['access_token']}`;
    now += 59_000;
    expect((await ask(TAG, { authorization })).status).toBe(200);
    now += 1_000;
    expect((await ask(TAG, { authorization })).status).toBe(401);
    turn({ tokenField: 'both' });
    expect(Object((await ask(path)).json)).toMatchObject({
      token: expect.any(String),
      access_token: expect.any(String),
    });
    expect((await ask(path, { authorization: basic('robot', 'no') })).status).toBe(401);
    expect((await ask('/token', { method: 'POST' })).status).toBe(404);
  });

  test('mounting needs the right to read the source', async () => {
    const read = await ask(TAG, {
      authorization: await tokenFor('repository:team/app:pull', { login: ROBOT }),
    });
    const { digest } = Object(read.json)['config'];
    const path = `/v2/other/app/blobs/uploads/?mount=${digest}&from=team/app`;
    const push = 'repository:other/app:pull,push';
    const both = `${push}&scope=repository:team/app:pull`;
    const mount = async (scope: string) => {
      const authorization = await tokenFor(scope, { login: ROBOT });
      return (await ask(path, { method: 'POST', authorization })).status;
    };

    expect([await mount(push), await mount(both)]).toEqual([202, 201]);
  });
});
