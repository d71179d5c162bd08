import { describe, expect, test } from 'vitest';
import { resolveAccount } from '../../src/config/accounts.ts';
import { ConfigDocument } from '../../src/config/schema.ts';
import type { Secret } from '../../src/model/secret.ts';

const ENV: Readonly<Record<string, string>> = {
  AK: 'AKIDEXAMPLE0000000A',
  SK: 'SKEXAMPLEKEY00000000000000000000000000ab',
  ST: 'session',
  PW: 'registry-password',
};

function resolve(entry: object) {
  const secrets: string[] = [];
  const document = ConfigDocument.parse({ accounts: { one: entry } });
  const config = document.accounts['one'];
  if (config === undefined) throw new Error('no account');
  const account = resolveAccount('one', config, {
    variable: (name) => ENV[name] ?? null,
    readFile: () => '{"auths":{"swr.eu-west-101.myhuaweicloud.eu":{"auth":"bWU6cHc="}}}',
    onSecret: (secret: Secret) => secrets.push(secret.reveal()),
  });
  if (account.provider !== 'huawei-swr' && account.provider !== 'ucloud-uhub') {
    throw new Error('no API');
  }
  const { registry = null } = account;
  const password = registry?.auth.type === 'password' ? registry.auth.password.reveal() : null;
  return { registry, password, secrets };
}

const KEYS = { accessKey: '${AK}', secretKey: '${SK}' };
const SWR = { provider: 'huawei-swr', region: 'cn-north-4', auth: KEYS };
const LOGIN = { username: 'deployer', password: '${PW}' };
const IAM = { ...LOGIN, domain: 'acme' };
const HUB = { provider: 'ucloud-uhub', auth: { publicKey: '${AK}', privateKey: '${SK}' } };

describe('resolveBesideApi()', () => {
  test('resolveBesideApi() makes the login of SWR from the access key, as documented', () => {
    const { registry, password, secrets } = resolve({ ...SWR, registry: {} });

    expect(registry).toMatchObject({
      endpoint: 'https://swr.cn-north-4.myhuaweicloud.com',
      auth: { type: 'password', username: 'cn-north-4@AKIDEXAMPLE0000000A' },
      tokenRealm: null,
    });
    // Vector of huawei-swr.md section 9.
    expect(password).toBe('4471a9ce1b3feab72ec943d5ee161aa11b5ca01d906756a8299edc08b537e3d3');
    expect(secrets).toContain(password);
  });

  test.each([
    ['UHub', { ...HUB, registry: LOGIN }, 'https://uhub.service.ucloud.cn'],
    ['SWR', { ...SWR, auth: IAM, registry: LOGIN }, 'https://swr.cn-north-4.myhuaweicloud.com'],
  ])(
    'resolveBesideApi() takes a login of its own at the public registry of %s',
    (_, entry, endpoint) => {
      const { registry, password, secrets } = resolve(entry);

      expect(registry).toMatchObject({ endpoint, auth: { username: 'deployer' } });
      expect(password).toBe('registry-password');
      expect(secrets).toContain('registry-password');
    },
  );

  test('resolveBesideApi() takes another endpoint, its token server, and a Docker config', () => {
    const elsewhere = resolve({
      ...HUB,
      endpoint: 'https://api.example',
      registry: {
        ...LOGIN,
        endpoint: 'https://registry.example:8443/',
        tokenRealm: 'https://auth.example/token',
      },
    });
    const docker = resolve({
      ...SWR,
      region: 'eu-west-101',
      registry: { dockerConfig: 'config.json' },
    });

    expect(elsewhere.registry).toMatchObject({
      endpoint: 'https://registry.example:8443',
      tokenRealm: 'https://auth.example',
    });
    expect(docker.registry).toMatchObject({
      endpoint: 'https://swr.eu-west-101.myhuaweicloud.eu',
      auth: { username: 'me' },
    });
  });

  test('resolveBesideApi() gives none where none is configured', () => {
    expect(resolve(SWR).registry).toBeNull();
    expect(resolve(HUB).registry).toBeNull();
  });

  test.each([
    ['a login by IAM', { ...SWR, auth: IAM, registry: {} }, 'no username and password'],
    [
      'a temporary key',
      { ...SWR, auth: { ...KEYS, securityToken: '${ST}' }, registry: {} },
      'no username and password',
    ],
    [
      'a missing secret',
      { ...HUB, registry: { ...LOGIN, password: '${NONE}' } },
      'NONE is not set',
    ],
    ['another API', { ...HUB, endpoint: 'https://api.example', registry: LOGIN }, 'no endpoint'],
  ])('resolveBesideApi() refuses %s with the remedy', (_, entry, message) => {
    expect(() => resolve(entry)).toThrow(message);
  });

  test.each([
    [{ ...HUB, registry: {} }],
    [{ ...HUB, registry: { ...LOGIN, password: 'literal-secret' } }],
    [{ ...HUB, registry: { ...LOGIN, endpoint: 'http://registry.example' } }],
    [{ ...HUB, registry: { ...LOGIN, user: 'me' } }],
    [{ provider: 'oci', endpoint: 'https://r.example', auth: LOGIN, registry: LOGIN }],
  ])('ConfigDocument refuses %j', (entry) => {
    expect(ConfigDocument.safeParse({ accounts: { one: entry } }).success).toBe(false);
  });
});
