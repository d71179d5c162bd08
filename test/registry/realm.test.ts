import { describe, expect, test } from 'vitest';
import { isLoopback, refuseRealm } from '../../src/registry/realm.ts';

const QUESTION = {
  realm: 'https://registry.example/token',
  endpoint: 'https://registry.example',
  tokenRealm: null,
  withCredential: true,
};

describe('refuseRealm()', () => {
  test.each([
    ['the host of the registry', {}],
    ['another port of that host', { realm: 'https://registry.example:5001/auth' }],
    [
      'the origin the account names',
      {
        realm: 'https://auth.other/token',
        tokenRealm: 'https://auth.other',
      },
    ],
    [
      'the token server of a known registry',
      {
        endpoint: 'https://registry-1.docker.io',
        realm: 'https://auth.docker.io/token',
      },
    ],
    [
      'any host when no credential goes along',
      {
        realm: 'https://auth.other/token',
        withCredential: false,
      },
    ],
    [
      'plain http between two of this machine',
      {
        realm: 'http://localhost:1/token',
        endpoint: 'http://127.0.0.1:2',
      },
    ],
  ])('refuseRealm() lets a credential go to %s', (_what, changes) => {
    expect(refuseRealm({ ...QUESTION, ...changes })).toBeNull();
  });

  test.each([
    ['another host', { realm: 'https://evil.example/token' }, 'tokenRealm'],
    [
      'a host that only ends like it',
      { realm: 'https://evilregistry.example/token' },
      'tokenRealm',
    ],
    ['the registry without TLS', { realm: 'http://registry.example/token' }, 'TLS'],
    [
      'plain http of this machine for a registry elsewhere',
      {
        realm: 'http://127.0.0.1/token',
        withCredential: false,
      },
      'TLS',
    ],
    ['no URL', { realm: '/token' }, 'no URL'],
    ['another scheme', { realm: 'file:///token' }, 'no URL'],
    ['a URL with a user name', { realm: 'https://a@registry.example/token' }, 'user name'],
  ])('refuseRealm() keeps it from %s', (_what, changes, reason) => {
    expect(refuseRealm({ ...QUESTION, ...changes })).toContain(reason);
  });
});

describe('isLoopback()', () => {
  test.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['[::1]', true],
    ['127.0.0.1.example', false],
    ['localhost.example', false],
    ['10.0.0.1', false],
  ])('isLoopback() of %s is %s', (hostname, expected) => {
    expect(isLoopback(hostname)).toBe(expected);
  });
});
