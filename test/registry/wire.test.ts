import { describe, expect, test } from 'vitest';
import type { RegistryAuth } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import { resolveReference } from '../../src/registry/manifests.ts';
import { listTagNames } from '../../src/registry/tags.ts';
import { LOGIN, registryAt, registryBench, WEB } from './support/bench.ts';
import { startScripted } from './support/scripted.ts';

const AUTH: RegistryAuth = {
  type: 'password',
  username: LOGIN.username,
  password: new Secret(LOGIN.password),
};
const WRONG: RegistryAuth = {
  ...AUTH,
  type: 'password',
  username: 'robot',
  password: new Secret('x'),
};
const OCI = [{ name: WEB.path, tags: { v1: 'build-1' } }];
const SOUP = { account: 'mirror', path: 'shop/soup' } as const;

describe('createRegistryWire()', () => {
  test.each(['none', 'basic', 'bearer'] as const)(
    'createRegistryWire() signs in by the challenge of a registry with auth %s',
    async (auth) => {
      const { registry, signal } = await registryBench(
        { oci: OCI, switches: { auth, challengeStyle: 'shuffled', tokenField: 'access_token' } },
        { auth: AUTH },
      );

      await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(['v1']);
    },
  );

  test('createRegistryWire() builds the scope itself and asks for one token a scope', async () => {
    const { registry, signal, operations, simulator } = await registryBench(
      {
        oci: [...OCI, { name: SOUP.path, tags: {} }],
        switches: { auth: 'bearer', challengeScope: 'empty' },
      },
      { auth: AUTH },
    );

    await Promise.all([WEB, WEB, WEB].map((target) => listTagNames(registry, target, signal)));
    await listTagNames(registry, SOUP, signal);
    await listTagNames(registry, WEB, signal);

    expect(operations.filter((operation) => operation === 'GetToken 200')).toHaveLength(2);
    expect(simulator.requests.count('oci', 'GetToken')).toBe(2);
  });

  test('createRegistryWire() renews a token before it runs out', async () => {
    let nowMs = Date.UTC(2026, 0);
    const { registry, signal, operations } = await registryBench(
      { oci: OCI, switches: { auth: 'bearer', expiresInS: 100 } },
      { auth: AUTH },
      { now: () => new Date(nowMs) },
    );
    const tokens = () => operations.filter((operation) => operation === 'GetToken 200').length;
    await listTagNames(registry, WEB, signal);
    nowMs += 70_000;
    await listTagNames(registry, WEB, signal);
    const before = tokens();
    nowMs += 10_000;

    await listTagNames(registry, WEB, signal);

    expect([before, tokens()]).toEqual([1, 2]);
  });

  test('createRegistryWire() renews a token once that is refused, and then stops', async () => {
    let refusing = false;
    let issued = 0;
    const url = await startScripted(({ url: path = '', headers }) => {
      const realm = `Bearer realm="http://${headers.host}/token",service="reg"`;
      if (path.startsWith('/token'))
        return { body: JSON.stringify({ token: `t${(issued += 1)}` }) };
      const isGood = headers.authorization === `Bearer t${issued}` && !refusing;
      if (!isGood) return { status: 401, headers: { 'www-authenticate': realm } };
      return { body: '{"tags":["v1"],"name":"shop/web"}', headers: {} };
    });
    const { registry, operations } = registryAt(url, { auth: AUTH });
    const { signal } = new AbortController();
    await listTagNames(registry, WEB, signal);
    issued += 1; // the registry forgets the token it gave
    const after = operations.length;

    await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(['v1']);

    expect(operations.slice(after, after + 3)).toEqual([
      'ListTags 401',
      'GetToken 200',
      'ListTags 200',
    ]);
    refusing = true;
    const last = operations.length;
    await expect(listTagNames(registry, WEB, signal)).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
    });
    expect(operations.slice(last)).toEqual(['ListTags 401', 'GetToken 200', 'ListTags 401']);
  });

  test.each(['401', '403'] as const)(
    'createRegistryWire() takes a token that grants nothing (%s) for a missing permission of one repository',
    async (insufficient) => {
      const { registry, signal, operations } = await registryBench(
        {
          oci: [...OCI, { name: SOUP.path, tags: { v2: 'build-2' } }],
          switches: { auth: 'bearer', insufficient },
          logins: [{ ...LOGIN, repositories: ['shop/web'] }],
        },
        { auth: AUTH },
      );

      const soup = listTagNames(registry, SOUP, signal);

      await expect(soup).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
      expect(operations).toHaveLength(3);
      await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(['v1']);
    },
  );

  test.each(['basic', 'bearer'] as const)(
    'createRegistryWire() reports a wrong password of a registry with auth %s and does not try it again',
    async (auth) => {
      const { registry, signal, operations } = await registryBench(
        { oci: OCI, switches: { auth } },
        { auth: WRONG },
      );

      const first = listTagNames(registry, WEB, signal);

      await expect(first).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
      const sent = operations.length;
      expect(sent).toBeLessThanOrEqual(2);
      await expect(listTagNames(registry, WEB, signal)).rejects.toMatchObject({
        code: 'PROVIDER_AUTH',
      });
      expect(operations).toHaveLength(sent);
    },
  );

  test('createRegistryWire() reads without a login where the registry lets everybody', async () => {
    const { registry, signal } = await registryBench({
      oci: OCI,
      switches: { auth: 'bearer', anonymousPull: true },
    });

    await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(['v1']);
  });

  test('createRegistryWire() says that an anonymous account needs a login', async () => {
    const { registry, signal } = await registryBench({ oci: OCI, switches: { auth: 'basic' } });

    const names = listTagNames(registry, WEB, signal);

    await expect(names).rejects.toThrow(/the account has none/);
    await expect(names).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
  });

  test('createRegistryWire() sends no credential to a realm of another host', async () => {
    const { registry, signal, operations } = await registryBench(
      { oci: OCI, switches: { auth: 'bearer', realm: 'https://elsewhere.example/token' } },
      { auth: AUTH },
    );

    const names = listTagNames(registry, WEB, signal);

    await expect(names).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(names).rejects.toThrow(/tokenRealm: https:\/\/elsewhere\.example/);
    expect(operations).toEqual(['ListTags 401']);
  });

  test('createRegistryWire() asks anew after a challenge that led nowhere', async () => {
    let calls = 0;
    const url = await startScripted(({ headers }) => {
      calls += 1;
      const isFirst = calls === 1;
      const challenge = isFirst ? 'Bearer realm="https://portal.example/x"' : 'Basic realm="r"';
      const isIn = headers.authorization !== undefined && !isFirst;
      if (!isIn) return { status: 401, headers: { 'www-authenticate': challenge } };
      return { body: '{"tags":["v1"]}' };
    });
    const { registry } = registryAt(url, { auth: AUTH });
    const { signal } = new AbortController();
    await expect(listTagNames(registry, WEB, signal)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });

    await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(['v1']);
  });

  test('createRegistryWire() connects to no endless number of realms', async () => {
    let calls = 0;
    const url = await startScripted(({ headers, url: path = '' }) => {
      if (path.startsWith('/token')) return { body: '{"token":"t"}' };
      calls += 1;
      // Names of this machine, so that nothing leaves it.
      const port = (headers.host ?? '').split(':')[1];
      const realm = `Bearer realm="http://127.0.0.${calls}:${port}/token"`;
      return { status: 401, headers: { 'www-authenticate': realm } };
    });
    const { registry } = registryAt(url, { timeoutMs: 500 });
    const { signal } = new AbortController();
    const codes: unknown[] = [];

    for (let asked = 0; asked < 20; asked += 1) {
      const error: unknown = await listTagNames(registry, WEB, signal).catch((one: unknown) => one);
      codes.push(error instanceof Error && 'code' in error ? error.code : null);
    }

    expect(codes.at(-1)).toBe('PROVIDER_REJECTED');
  });

  test('createRegistryWire() takes 429 and the code TOOMANYREQUESTS for throttling', async () => {
    let calls = 0;
    const url = await startScripted(() => {
      calls += 1;
      if (calls === 1) return { status: 429, headers: { 'retry-after': '0' }, body: '<html>' };
      if (calls === 2) return { status: 403, body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}' };
      return { body: '{"tags":["v1"]}' };
    });
    const { registry } = registryAt(url);

    const names = await listTagNames(registry, WEB, new AbortController().signal);

    expect(names).toEqual(['v1']);
  });

  test('createRegistryWire() hands on how long the registry wants to be left alone', async () => {
    const url = await startScripted(() => ({ status: 429, headers: { 'retry-after': '120' } }));
    const { registry } = registryAt(url);

    const names = listTagNames(registry, WEB, new AbortController().signal);

    await expect(names).rejects.toMatchObject({
      code: 'PROVIDER_THROTTLED',
      retryAfterMs: 120_000,
    });
  });

  test('createRegistryWire() takes a 401 with DENIED to a password for a missing permission', async () => {
    const url = await startScripted(({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
        : {
            status: 401,
            headers: { 'www-authenticate': 'Basic realm="r"' },
            body: '{"errors":[{"code":"DENIED"}]}',
          },
    );
    const { registry } = registryAt(url, { auth: AUTH });

    const names = listTagNames(registry, WEB, new AbortController().signal);

    await expect(names).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
  });

  test('createRegistryWire() stops within 100 ms when it is cancelled, also while it signs in', async () => {
    for (const fault of ['ListTags', 'GetToken', 'HeadManifest']) {
      const { registry, simulator } = await registryBench(
        { oci: OCI, switches: { auth: 'bearer' } },
        { auth: AUTH, timeoutMs: 30_000 },
      );
      simulator.faults.add({ kind: 'hang', service: 'oci', operation: fault });
      const stop = new AbortController();
      const work =
        fault === 'HeadManifest'
          ? resolveReference(registry, WEB, 'v1', stop.signal)
          : listTagNames(registry, WEB, stop.signal);
      const ended = work.then(
        () => 'done',
        (error: unknown) => error,
      );
      while (simulator.requests.count('oci', fault) === 0) await new Promise(setImmediate);
      const startedMs = performance.now();
      stop.abort();

      expect(await ended).toMatchObject({ code: 'CANCELLED' });
      // The promise is 100 ms; the machine of a test may be busy.
      expect(performance.now() - startedMs).toBeLessThan(5_000);
    }
  });
});
