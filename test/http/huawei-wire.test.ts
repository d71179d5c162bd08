import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpClient } from '../../src/http/client.ts';
import {
  createHuaweiWire,
  gatewayNumber,
  type HuaweiWireOptions,
} from '../../src/http/huawei-wire.ts';
import type { ApiRequest, ApiResponse, HttpClient } from '../../src/http/request.ts';
import type { HuaweiAuth } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { calm, failureOf } from './support/failure.ts';

const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';
const LIST: ApiRequest = {
  operation: 'ListImageTags',
  method: 'GET',
  segments: ['v2', PROJECT, 'images', 'i-1', 'tags'],
  idempotent: true,
};
const KEY = {
  type: 'access-key',
  accessKey: new Secret('AK'),
  secretKey: new Secret('canary-secret'),
  securityToken: null,
} satisfies HuaweiAuth;

let simulator: Simulator;
let nowMs: number;
let aheadMs: number;
const clients: HttpClient[] = [];

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 22);
  aheadMs = 0;
  const credential = { projectId: PROJECT, domain: 'acme', username: 'robot', password: 'right' };
  simulator = await startSimulator({
    now: () => nowMs + aheadMs,
    seed: {
      credentials: {
        huawei: [
          { ...credential, accessKey: 'AK', secretKey: 'canary-secret' },
          { ...credential, accessKey: 'TEMP', secretKey: 'S', securityToken: 'TOKEN+/=' },
        ],
      },
      images: [{ id: 'i-1', name: 'golden', tags: { owner: 'a' } }],
    },
  });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await simulator.close();
});

function password(word: string): HuaweiAuth {
  return {
    type: 'password',
    username: 'robot',
    password: new Secret(word),
    domain: 'acme',
    iamEndpoint: simulator.endpoints.iam,
  };
}

function wireOptions(auth: HuaweiAuth): HuaweiWireOptions {
  return {
    account: {
      name: 'north',
      region: 'cn-north-4',
      projectId: PROJECT,
      auth,
      timeoutMs: 500,
      caFile: null,
    },
    now: () => new Date(nowMs),
    random: () => 0.5,
    retries: { minDelayMs: 1, maxDelayMs: 2 },
  };
}

function connect(auth: HuaweiAuth, onRequest?: () => void): HttpClient {
  const options = wireOptions(auth);
  const client = createHttpClient({
    endpoint: simulator.endpoints.ims,
    account: 'north',
    limits: { requestsPerSecond: 10_000, burst: 1_000, concurrency: 20 },
    timeoutMs: 500,
    caFile: null,
    wire: createHuaweiWire(options),
    now: options.now,
    random: options.random,
    retries: options.retries,
    onRequest,
  });
  clients.push(client);
  return client;
}

function answer(status: number, body: unknown): ApiResponse {
  return { status, headers: {}, text: JSON.stringify(body), attempts: 1 };
}

describe('createHuaweiWire()', () => {
  test('signs with an access key', async () => {
    expect((await connect(KEY).send(LIST, calm()))?.status).toBe(200);
  });

  test('signs with a temporary key and its security token', async () => {
    const auth: HuaweiAuth = {
      type: 'access-key',
      accessKey: new Secret('TEMP'),
      secretKey: new Secret('S'),
      securityToken: new Secret('TOKEN+/='),
    };

    expect((await connect(auth).send(LIST, calm()))?.status).toBe(200);
  });

  test('logs in with a password, once for many calls', async () => {
    const client = connect(password('right'));

    const responses = await Promise.all(
      Array.from({ length: 20 }, () => client.send(LIST, calm())),
    );

    expect(responses.every((response) => response?.status === 200)).toBe(true);
    expect(simulator.requests.count('iam')).toBe(1);
  });

  test('uses a ready token', async () => {
    const issued = await fetch(`${simulator.endpoints.iam}/v3/auth/tokens`, {
      method: 'POST',
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'robot', password: 'right', domain: { name: 'acme' } } },
          },
          scope: { project: { id: PROJECT } },
        },
      }),
    });
    const token = new Secret(issued.headers.get('x-subject-token') ?? '');

    expect((await connect({ type: 'token', token }).send(LIST, calm()))?.status).toBe(200);
  });

  test('signs a retry anew, with the date of the retry', async () => {
    simulator.faults.add({ kind: 'before', service: 'ims' });
    const client = connect(KEY, () => {
      nowMs += 60 * 60_000;
    });

    expect(await client.send(LIST, calm())).toMatchObject({ status: 200, attempts: 2 });
  });

  test.each(['access-key', 'password'] as const)(
    'sends one request for 500 first calls with a wrong %s',
    async (type) => {
      const auth: HuaweiAuth =
        type === 'password' ? password('wrong') : { ...KEY, secretKey: new Secret('canary-wrong') };
      const client = connect(auth);

      const errors = await Promise.all(
        Array.from({ length: 500 }, () => failureOf(client.send(LIST, calm()))),
      );

      expect(simulator.requests.total).toBe(1);
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['PROVIDER_AUTH']));
      expect(errors[0]?.message).toContain('"north"');
      expect(errors.map(({ message }) => message).join()).not.toContain('canary');
    },
  );

  test('asks again five minutes after a refusal, so that a mended key is found', async () => {
    const client = connect({ ...KEY, accessKey: new Secret('NEW') });
    await failureOf(client.send(LIST, calm()));
    simulator.world.credentials.huawei.push({
      accessKey: 'NEW',
      secretKey: 'canary-secret',
      projectId: PROJECT,
      region: 'cn-north-4',
      domain: 'acme',
      username: 'other',
      password: 'x',
    });
    await failureOf(client.send(LIST, calm()));

    nowMs += 300_000;
    const response = await client.send(LIST, calm());

    expect(response?.status).toBe(200);
    expect(simulator.requests.total).toBe(2);
  });

  test('renews an expired token once, however many calls notice', async () => {
    const client = connect(password('right'));
    await client.send(LIST, calm());
    simulator.requests.reset();
    // The clock of the cloud runs ahead of ours, so the cached token still looks young.
    aheadMs = 25 * 3_600_000;

    const responses = await Promise.all(
      Array.from({ length: 20 }, () => client.send(LIST, calm())),
    );

    expect(responses.every((response) => response?.status === 200)).toBe(true);
    expect(simulator.requests.count('iam')).toBe(1);
  });

  test('gives up when the renewed token is refused as well', async () => {
    simulator.faults.add({
      kind: 'status',
      status: 401,
      code: 'APIGW.0307',
      service: 'ims',
      times: 9,
    });
    const client = connect(password('right'));

    const error = await failureOf(client.send(LIST, calm()));
    await failureOf(client.send(LIST, calm()));

    expect(error.code).toBe('PROVIDER_AUTH');
    expect(simulator.requests.count('ims')).toBe(2);
    expect(simulator.requests.count('iam')).toBe(2);
  });

  test('does not try a refused ready token again', async () => {
    const client = connect({ type: 'token', token: new Secret('old') });

    await failureOf(client.send(LIST, calm()));
    const error = await failureOf(client.send(LIST, calm()));

    expect(error.code).toBe('PROVIDER_AUTH');
    expect(simulator.requests.total).toBe(1);
  });

  test.each([
    [403, { errors: [{ errorCode: 'BUSY.1', errorMessage: 'm' }] }, 'throttled'],
    [409, [{ errorCode: 'BUSY.2' }], 'throttled'],
    [403, { error_code: 'APIGW.0308', error_msg: 'm' }, 'throttled'],
    [403, { error_code: 'APIG.0308', error_msg: 'm' }, 'throttled'],
    [409, { error_code: 'OTHER' }, 'answer'],
    [401, { error_code: 'SVCSTG.SWR.4011064' }, 'answer'],
    [401, { error_code: 'SVCSTG.SWR.4010000' }, 'rejected'],
    [401, { error_code: 'APIGW.0301' }, 'rejected'],
    [401, { error_code: 'APIGW.0303' }, 'rejected'],
    [401, { error_code: 'APIG.0305' }, 'rejected'],
    [500, { error_code: 'X' }, 'fault'],
    [200, {}, 'answer'],
  ])('takes %i %j as %s', (status, body, type) => {
    const wire = createHuaweiWire({
      ...wireOptions(KEY),
      throttleCodes: ['BUSY.1'],
      busyCodes: ['BUSY.2'],
    });

    expect(wire.classify(answer(status, body), LIST).type).toBe(type);
  });
});

describe('createHuaweiWire() on a refused signature', () => {
  test.each([
    [16, ' (the clock here differs by 16 minutes)'],
    [-90, ' (the clock here differs by 90 minutes)'],
    [14, ''],
  ])('tells when the clocks differ by %i minutes', (minutes, hint) => {
    const wire = createHuaweiWire(wireOptions(KEY));
    const date = new Date(nowMs + minutes * 60_000).toUTCString();

    const verdict = wire.classify({ ...answer(401, {}), headers: { date } }, LIST);

    expect(verdict).toEqual({
      type: 'rejected',
      detail: `an access key or signature that is not valid${hint}`,
    });
  });
});

describe('gatewayNumber()', () => {
  test.each([
    ['APIGW.0301', '0301'],
    ['APIG.0301', '0301'],
    ['IMG.0301', null],
  ])('reads %s as %s', (code, number) => {
    expect(gatewayNumber(code)).toBe(number);
  });
});
