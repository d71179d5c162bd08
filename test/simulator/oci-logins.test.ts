import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { basic, challengeOf, type Guarded, startGuarded } from './guarded.ts';
import { ACCESS_KEY, PRIVATE_KEY, PUBLIC_KEY, SECRET_KEY } from './wire.ts';

const TAG = '/v2/team/app/manifests/v1';
/** The vector of the contract for ACCESS_KEY and SECRET_KEY. */
const SWR_PASSWORD = '4471a9ce1b3feab72ec943d5ee161aa11b5ca01d906756a8299edc08b537e3d3';
const SWR_USER = `cn-north-4@${ACCESS_KEY}`;
const ROBOT = basic('robot', 'pw:with:colons');

let simulator: Guarded['simulator'];
let ask: Guarded['ask'];
let turn: Guarded['turn'];
let tokenFor: Guarded['tokenFor'];

beforeEach(async () => {
  ({ simulator, ask, turn, tokenFor } = await startGuarded(Date.now));
});
afterEach(async () => {
  await simulator.close();
});

describe('SWR', () => {
  const registry = 'swrRegistry';

  test('challenges with an empty list of actions', async () => {
    const reply = await ask(TAG, { registry });

    expect(challengeOf(reply)).toBe(
      `Bearer realm="${simulator.endpoints.swrRegistry}/swr/auth/v2/registry/auth/",service="dockyard",scope="repository:team/app:"`,
    );
    expect([reply.status, reply.json]).toEqual([
      401,
      { errors: [{ code: 'DENIED', message: 'Authenticate Error', detail: null }] },
    ]);
  });

  test('takes the HMAC of the access key as password, and nothing else', async () => {
    const login = basic(SWR_USER, SWR_PASSWORD);
    const authorization = await tokenFor('repository:team/app:pull,push', { registry, login });
    const path = '/swr/auth/v2/registry/auth/?service=dockyard';
    const refusedBy = async (user: string, password: string) =>
      (await ask(path, { registry, authorization: basic(user, password) })).status;

    expect(login).toBe(
      'Basic Y24tbm9ydGgtNEBBS0lERVhBTVBMRTAwMDAwMDBBOjQ0NzFhOWNlMWIzZmVhYjcyZWM5NDNkNWVlMTYxYWExMWI1Y2EwMWQ5MDY3NTZhODI5OWVkYzA4YjUzN2UzZDM=',
    );
    expect((await ask(TAG, { registry, authorization })).status).toBe(200);
    expect((await ask(TAG, { registry, authorization, method: 'DELETE' })).status).toBe(202);
    expect(await refusedBy(SWR_USER, SECRET_KEY)).toBe(401);
    expect(await refusedBy(ACCESS_KEY, SWR_PASSWORD)).toBe(401);
    expect((await ask(path, { registry, method: 'POST' })).status).toBe(404);
  });

  test('does not take the token of another registry', async () => {
    turn({ auth: 'bearer' });
    const authorization = await tokenFor('repository:team/app:pull', { login: ROBOT });

    expect((await ask(TAG, { registry, authorization })).status).toBe(401);
  });
});

describe('UHub', () => {
  const registry = 'uhubRegistry';
  const login = basic('me@example.com', 'pw');

  test('takes a registry login, not the API keys', async () => {
    const scope = 'repository:team/app:pull,push';
    const authorization = await tokenFor(scope, { registry, login });
    const realm = '/auth/token?service=uhub';
    const keys = basic(PUBLIC_KEY, PRIVATE_KEY);

    expect((await ask(TAG, { registry, authorization })).status).toBe(200);
    expect((await ask(realm, { registry, authorization: keys })).status).toBe(401);
  });

  test.each([
    ['public/x', 'pull', 200],
    ['public/x', 'pull,push', 200],
    ['secret/x', 'pull', 401],
  ])('lets a stranger see %s with %s: %i', async (name, actions, status) => {
    const authorization = await tokenFor(`repository:${name}:${actions}`, { registry, login });

    expect((await ask(`/v2/${name}/manifests/v1`, { registry, authorization })).status).toBe(
      status,
    );
    expect(
      (await ask(`/v2/${name}/blobs/uploads/`, { registry, authorization, method: 'POST' })).status,
    ).toBe(401);
  });

  test('answers the probe with 401, or with 301 by switch', async () => {
    expect((await ask('/v2/', { registry })).status).toBe(401);
    turn({ probe: '301' }, registry);

    expect((await ask('/v2/', { registry })).status).toBe(301);
  });
});
