import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createIamToken, type IamToken, type IamTokenOptions } from '../../src/http/iam-token.ts';
import { Secret } from '../../src/model/secret.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { calm, failureOf } from './support/failure.ts';
import { startScriptedServer } from './support/scripted-server.ts';

const HOUR_MS = 3_600_000;
const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';
const LOGIN = 'KeystoneCreateUserTokenByPassword';

let simulator: Simulator;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 22);
  simulator = await startSimulator({
    now: () => nowMs,
    seed: {
      credentials: {
        huawei: [
          {
            accessKey: 'AK',
            secretKey: 'SK',
            projectId: PROJECT,
            domain: 'acme',
            username: 'robot',
            password: 'canary-password',
          },
        ],
      },
    },
  });
});

afterEach(() => simulator.close());

function connect(options: Partial<IamTokenOptions> = {}): IamToken {
  return createIamToken({
    account: 'north',
    endpoint: simulator.endpoints.iam,
    username: 'robot',
    password: new Secret('canary-password'),
    domain: 'acme',
    scope: { projectId: PROJECT },
    timeoutMs: 500,
    caFile: null,
    now: () => new Date(nowMs),
    random: () => 0.5,
    retries: { minDelayMs: 1, maxDelayMs: 2 },
    ...options,
  });
}

function logins(): number {
  return simulator.requests.count('iam');
}

describe('createIamToken()', () => {
  test('logs in once for many requests at the same time and keeps the token', async () => {
    const token = connect();

    const read = await Promise.all(Array.from({ length: 20 }, () => token.read(calm())));

    expect(new Set([...read, await token.read(calm())]).size).toBe(1);
    expect(logins()).toBe(1);
  });

  test('can be scoped by the name of the project', async () => {
    await expect(
      connect({ scope: { projectName: 'cn-north-4' } }).read(calm()),
    ).resolves.toBeTypeOf('string');
  });

  test.each([
    [24 * HOUR_MS, 19.2 * HOUR_MS],
    [48 * HOUR_MS, 20 * HOUR_MS],
    [HOUR_MS, 0.8 * HOUR_MS],
  ])('renews a token of %i ms after %i ms', async (lifeMs, ageMs) => {
    simulator.world.switches.iam.tokenLifeMs = lifeMs;
    const token = connect();
    const first = await token.read(calm());

    nowMs += ageMs - 1;
    const young = await token.read(calm());
    nowMs += 1;
    const old = await token.read(calm());

    expect(young).toBe(first);
    expect(old).not.toBe(first);
  });

  test('forgets the token it is told to forget, and no newer one', async () => {
    const token = connect();
    const first = await token.read(calm());

    token.forget(first);
    const second = await token.read(calm());
    token.forget(first);

    expect(await token.read(calm())).toBe(second);
    expect(logins()).toBe(2);
  });

  test('asks once with a wrong password, for five minutes', async () => {
    const token = connect({ password: new Secret('canary-wrong') });
    const first = await failureOf(token.read(calm()));
    const many = await Promise.all(Array.from({ length: 50 }, () => failureOf(token.read(calm()))));
    expect(logins()).toBe(1);

    nowMs += 300_000;
    await failureOf(token.read(calm()));

    expect(logins()).toBe(2);
    expect(first.code).toBe('PROVIDER_AUTH');
    expect(first.message).toContain(
      'Cannot sign in to account "north": IAM answered the login with status 401',
    );
    expect(many[0]?.retryAfterMs).toBe(300_000);
    expect(JSON.stringify([first, first.message, first.cause])).not.toContain('canary');
  });

  test('repeats a login that met a fault', async () => {
    simulator.faults.add({ kind: 'before', service: 'iam', times: 2 });

    await expect(connect().read(calm())).resolves.toBeTypeOf('string');
    expect(logins()).toBe(3);
  });

  test('reports an unavailable IAM as such and remembers nothing', async () => {
    const stop = simulator.faults.add({ kind: 'before', service: 'iam', times: 1_000 });
    const token = connect();
    const error = await failureOf(token.read(calm()));
    stop();

    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(error.message).toContain(LOGIN);
    await expect(token.read(calm())).resolves.toBeTypeOf('string');
  });

  test('reports an answer without a token', async () => {
    const server = await startScriptedServer();
    server.answer({ status: 201, body: '{}' });

    const error = await failureOf(connect({ endpoint: server.url }).read(calm()));
    await server.close();

    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
  });

  test('keeps a token whose times it cannot read for 20 hours', async () => {
    const server = await startScriptedServer();
    server.answer({ status: 201, headers: { 'X-Subject-Token': 't' }, body: '{"token":{}}' });
    const token = connect({ endpoint: server.url });
    await token.read(calm());

    nowMs += 20 * HOUR_MS - 1;
    await token.read(calm());
    expect(server.received).toHaveLength(1);
    nowMs += 1;
    await token.read(calm());
    await server.close();

    expect(server.received).toHaveLength(2);
    expect(server.received[0]?.target).toBe('/v3/auth/tokens?nocatalog=true');
  });
});
