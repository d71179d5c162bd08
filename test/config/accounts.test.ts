import { describe, expect, test } from 'vitest';
import { resolveAccount } from '../../src/config/accounts.ts';
import { ConfigDocument } from '../../src/config/schema.ts';
import type { Secret } from '../../src/model/secret.ts';

/** The account as it comes out of the schema and of resolveAccount(); secrets are the names of their variables. */
function resolve(entry: Readonly<Record<string, unknown>>) {
  const { accounts } = ConfigDocument.parse({ accounts: { one: entry } });
  const config = accounts['one'];
  if (config === undefined) throw new Error('the document has it');
  return resolveAccount('one', config, {
    variable: (name) => `${name} value`,
    readFile: (path) => `text of ${path}`,
    onSecret: () => undefined,
  });
}

const KEYS = { accessKey: '${AK}', secretKey: '${SK}' };
const IMS = { provider: 'huawei-ims', region: 'cn-north-4', projectId: 'p', auth: KEYS };
const SWR = { provider: 'huawei-swr', region: 'eu-west-101', auth: KEYS };
const HUB = { provider: 'ucloud-uhub', auth: { publicKey: '${PUB}', privateKey: '${PRI}' } };

const MIRROR = {
  provider: 'oci',
  endpoint: 'https://registry.example/',
  auth: { username: 'ci', password: '${PW}' },
};

describe('resolveAccount()', () => {
  test.each([
    { entry: IMS, endpoint: 'https://ims.cn-north-4.myhuaweicloud.com', projectId: 'p' },
    { entry: SWR, endpoint: 'https://swr-api.eu-west-101.myhuaweicloud.eu', projectId: null },
    {
      entry: { ...SWR, region: 'cn-north-4' },
      endpoint: 'https://swr-api.cn-north-4.myhuaweicloud.com',
      projectId: null,
    },
    { entry: HUB, endpoint: 'https://api.ucloud.cn', projectId: null },
    {
      entry: { ...IMS, endpoint: 'http://127.0.0.1:8901//' },
      endpoint: 'http://127.0.0.1:8901',
      projectId: 'p',
    },
  ])(
    'resolveAccount() reaches $entry.provider of $entry.region at $endpoint',
    ({ entry, endpoint, projectId }) => {
      expect(resolve(entry)).toMatchObject({
        name: 'one',
        endpoint,
        projectId,
        timeoutMs: 30_000,
        limits: { requestsPerSecond: 20, burst: 20, concurrency: 10 },
        protect: [],
        caFile: null,
      });
    },
  );

  test.each([
    { timeout: '1500ms', ms: 1_500 },
    { timeout: '9s', ms: 9_000 },
    { timeout: '2m', ms: 120_000 },
    { timeout: '1h', ms: 3_600_000 },
  ])('resolveAccount() reads a timeout of $timeout', ({ timeout, ms }) => {
    expect(resolve({ ...IMS, timeout }).timeoutMs).toBe(ms);
  });

  test.each(['0s', '1.5s', '10', 's', '9999h', '99999999ms', '1d'])(
    'resolveAccount() never sees a timeout of %s',
    (timeout) => {
      expect(() => resolve({ ...IMS, timeout })).toThrow('"timeout"');
    },
  );

  const revealed = (secret: Secret | null): string | null => secret?.reveal() ?? null;

  test('resolveAccount() takes a key pair with or without a security token', () => {
    for (const [extra, token] of [
      [{}, null],
      [{ securityToken: { file: 'st' } }, 'text of st'],
    ] as const) {
      const { auth } = resolve({ ...IMS, auth: { ...KEYS, ...extra } });
      if (!('type' in auth) || auth.type !== 'access-key') throw new Error('another kind of auth');
      const { accessKey, secretKey, securityToken } = auth;

      expect([accessKey, secretKey, securityToken].map(revealed)).toEqual([
        'AK value',
        'SK value',
        token,
      ]);
    }
  });

  test('resolveAccount() takes a user with password, without a slash at the end of the IAM address', () => {
    const auth = { username: 'robot', password: '${PW}', domain: 'acme' };

    expect(resolve({ ...SWR, auth }).auth).toMatchObject({
      type: 'password',
      username: 'robot',
      domain: 'acme',
      iamEndpoint: null,
    });
    expect(
      resolve({ ...SWR, auth: { ...auth, iamEndpoint: 'https://iam.test/' } }).auth,
    ).toMatchObject({
      iamEndpoint: 'https://iam.test',
    });
  });

  test('resolveAccount() takes a ready token, and the three keys of UCloud', () => {
    const huawei = resolve({ ...SWR, auth: { token: '${T}' } }).auth;
    const ucloud = resolve({ ...HUB, auth: { ...HUB.auth, securityToken: '${ST}' } }).auth;

    expect('type' in huawei && huawei.type === 'token' ? huawei.token.reveal() : null).toBe(
      'T value',
    );
    if (!('publicKey' in ucloud)) throw new Error('no UCloud keys');
    expect([ucloud.publicKey, ucloud.privateKey, ucloud.securityToken].map(revealed)).toEqual([
      'PUB value',
      'PRI value',
      'ST value',
    ]);
  });

  test.each([
    {
      what: 'a literal secret',
      entry: { ...IMS, auth: { accessKey: 'AKID', secretKey: '${SK}' } },
    },
    { what: 'half of a key pair', entry: { ...IMS, auth: { accessKey: '${AK}' } } },
    { what: 'two kinds of auth at once', entry: { ...IMS, auth: { ...KEYS, token: '${T}' } } },
    { what: 'IMS without a project', entry: { ...IMS, projectId: undefined } },
    { what: 'a region that is a host', entry: { ...IMS, region: 'evil.test/x' } },
    {
      what: 'an endpoint that is no web address',
      entry: { ...IMS, endpoint: 'file:///etc/passwd' },
    },
    { what: 'a region for UCloud', entry: { ...HUB, region: 'cn-bj2' } },
  ])('ConfigDocument refuses $what', ({ entry }) => {
    expect(() => resolve(entry)).toThrow('"accounts"');
  });

  test('resolveAccount() reads how to sign in to a registry', () => {
    const anonymous = resolve({ ...MIRROR, auth: { anonymous: true } });
    const password = resolve({ ...MIRROR, tokenRealm: 'https://auth.example/token' });

    expect(anonymous).toMatchObject({
      provider: 'oci',
      endpoint: 'https://registry.example',
      auth: { type: 'anonymous' },
      tokenRealm: null,
    });
    expect(password).toMatchObject({
      auth: { type: 'password', username: 'ci' },
      tokenRealm: 'https://auth.example',
    });
    expect(() => resolve({ ...MIRROR, auth: { dockerConfig: 'config.json' } })).toThrow(
      '"config.json" is not JSON',
    );
  });

  test.each([
    ['http://registry.example', false],
    ['http://127.0.0.1.evil.example', false],
    ['http://127.0.0.1:5000', true],
    ['http://localhost:5000/', true],
    ['https://registry.example:8443', true],
  ])('resolveAccount() reaches a registry at %s: %s', (endpoint, expected) => {
    const { success } = ConfigDocument.safeParse({ accounts: { one: { ...MIRROR, endpoint } } });

    expect(success).toBe(expected);
  });
});
