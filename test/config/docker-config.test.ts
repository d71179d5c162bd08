import { describe, expect, test } from 'vitest';
import { readDockerConfig } from '../../src/config/docker-config.ts';
import { SecretMissing } from '../../src/config/secrets.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** Reads a config of this text; secrets are noted. */
function read(text: string, endpoint = 'https://registry.example') {
  const secrets: string[] = [];
  const auth = readDockerConfig('config.json', endpoint, {
    readFile: () => text,
    onSecret: (secret) => void secrets.push(secret.reveal()),
  });
  return { auth, secrets };
}

describe('readDockerConfig()', () => {
  test.each(['registry.example', 'https://registry.example', 'https://registry.example/v1/'])(
    'readDockerConfig() finds a login under the key %s and scrubs its password',
    (key) => {
      const { auth, secrets } = read(
        JSON.stringify({
          auths: { 'other.example': {}, [key]: { auth: encoded('ci:pass:word') } },
        }),
      );

      expect(auth).toMatchObject({ type: 'password', username: 'ci' });
      expect(auth.type === 'password' && auth.password.reveal()).toBe('pass:word');
      expect(secrets).toEqual(['pass:word']);
    },
  );

  test('readDockerConfig() takes user name and password that stand apart', () => {
    const { auth } = read('{"auths":{"registry.example":{"username":"ci","password":"p"}}}');

    expect(auth).toMatchObject({ type: 'password', username: 'ci' });
  });

  test.each([
    [
      'its own helper',
      { credHelpers: { 'registry.example': 'ecr-login' }, credsStore: 'pass' },
      'ecr-login',
    ],
    ['the store of all', { auths: { 'registry.example': {} }, credsStore: 'pass' }, 'pass'],
  ])('readDockerConfig() names %s', (_what, config, helper) => {
    const { auth } = read(JSON.stringify(config));

    expect(auth).toEqual({ type: 'helper', helper, server: 'registry.example' });
  });

  test('readDockerConfig() knows the odd key of Docker Hub', () => {
    const hub = { auths: { 'https://index.docker.io/v1/': { auth: encoded('ci:p') } } };

    expect(read(JSON.stringify(hub), 'https://registry-1.docker.io').auth.type).toBe('password');
    expect(read('{"credsStore":"pass"}', 'https://registry-1.docker.io').auth).toMatchObject({
      server: 'https://index.docker.io/v1/',
    });
  });

  test.each([
    ['another host only', '{"auths":{"other.example":{"auth":"Y2k6cA=="}}}'],
    ['no login', '{}'],
    ['a login without a password', `{"auths":{"registry.example":{"auth":"${encoded('ci:')}"}}}`],
    ['an identity token', '{"auths":{"registry.example":{"identitytoken":"t"}}}'],
    ['a helper that would be another command', '{"credsStore":"../../bin/sh"}'],
    ['no JSON', 'password'],
    ['another form', '{"auths":[]}'],
  ])('readDockerConfig() throws SecretMissing for a file with %s', (_what, text) => {
    expect(() => read(text)).toThrow(SecretMissing);
  });

  test('readDockerConfig() throws SecretMissing for a file that cannot be read', () => {
    const sources = {
      readFile: () => {
        throw new Error('gone');
      },
      onSecret: () => {},
    };

    expect(() => readDockerConfig('config.json', 'https://registry.example', sources)).toThrow(
      /"config.json" cannot be read/,
    );
  });
});
