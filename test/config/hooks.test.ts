import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { standardKey } from '../../src/config/hooks.ts';
import { ConfigErrors, loadConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/model/secret.ts';

const LONG = 'long-enough-for-a-secret';
const ENV = {
  AK: 'ak-value',
  SK: 'sk-value',
  HOOK: LONG,
  NEW: `${LONG}-too`,
  SHORT: LONG.slice(1),
  WHSEC: `whsec_${Buffer.alloc(24).toString('base64')}`,
  WHSHORT: `whsec_${Buffer.alloc(23).toString('base64')}`,
};
const ACCOUNTS = `accounts:
  swr:
    provider: huawei-swr
    region: cn-north-4
    auth: { accessKey: "\${AK}", secretKey: "\${SK}" }
`;

function load(server: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-hooks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'tagwarden.yaml');
  writeFileSync(file, `${ACCOUNTS}server: ${server}\n`);
  const secrets: string[] = [];
  const onSecret = (secret: Secret) => void secrets.push(secret.reveal());
  return { config: loadConfig({ file, environment: readEnvironment(ENV), onSecret }), secrets };
}

/** Everything a person is shown. */
function refusal(server: string): string {
  try {
    load(server);
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    return error.message;
  }
  return '';
}

describe('resolveHook()', () => {
  test('resolveHook() reads every secret, tells the scrubber, and knows the accounts', () => {
    const { config, secrets } = load(
      '{ hooks: { shop: { type: harbor, secrets: ["${HOOK}", "${NEW}"], accounts: [swr, swr], repositories: ["shop/*"] } } }',
    );

    expect(config.hookServer).toMatchObject({
      host: '127.0.0.1',
      port: 8081,
      trustedProxies: [],
      requireHttps: false,
      toleranceMs: 300_000,
      hooks: [
        {
          name: 'shop',
          type: 'harbor',
          accounts: [{ name: 'swr', provider: 'huawei-swr' }],
          repositories: ['shop/*'],
          events: null,
        },
      ],
    });
    expect(config.hookServer?.hooks[0]?.secrets.map((secret) => secret.reveal())).toEqual([
      LONG,
      `${LONG}-too`,
    ]);
    expect(secrets).toEqual(expect.arrayContaining([LONG, `${LONG}-too`]));
  });

  test('resolveHook() opens no port where no hook is configured', () => {
    expect(load('{ port: 1 }').config.hookServer).toBeNull();
    expect(load('{ hooks: {} }').config.hookServer).toBeNull();
  });

  test('resolveHook() lets quay and dockerhub go without a secret, and nobody else', () => {
    const open = 'accounts: [swr], allowUnauthenticated: true';

    expect(
      load(`{ hooks: { a: { type: quay, ${open} } } }`).config.hookServer?.hooks[0]?.secrets,
    ).toEqual([]);
    expect(refusal(`{ hooks: { a: { type: harbor, ${open} } } }`)).toContain(
      'allowUnauthenticated',
    );
  });

  test.each([
    { what: 'no secret', hook: '{ type: hmac, accounts: [swr] }', says: 'the hook has no secret' },
    {
      what: 'a secret and secrets',
      hook: '{ type: hmac, accounts: [swr], secret: "${HOOK}", secrets: ["${NEW}"] }',
      says: 'more than one of secret, secrets and allowUnauthenticated',
    },
    {
      what: 'a secret of 23 bytes',
      hook: '{ type: hmac, accounts: [swr], secret: "${SHORT}" }',
      says: 'environment variable SHORT has 23 bytes, at least 24 are wanted',
    },
    {
      what: 'a key of 23 bytes in base64',
      hook: '{ type: standard-webhooks, accounts: [swr], secret: "${WHSHORT}" }',
      says: 'WHSHORT has 23 bytes',
    },
    {
      what: 'a plain secret where a key is wanted',
      hook: '{ type: standard-webhooks, accounts: [swr], secret: "${HOOK}" }',
      says: 'HOOK is no Standard Webhooks secret',
    },
    {
      what: 'an unknown account',
      hook: '{ type: hmac, accounts: [swrr], secret: "${HOOK}" }',
      says: 'account "swrr", which is not configured',
    },
    {
      what: 'accounts of a push',
      hook: '{ type: github-push, accounts: [swr], secret: "${HOOK}" }',
      says: 'accounts',
    },
    {
      what: 'no account',
      hook: '{ type: harbor, secret: "${HOOK}" }',
      says: 'accounts',
    },
    {
      what: 'three secrets',
      hook: '{ type: hmac, accounts: [swr], secrets: ["${HOOK}", "${NEW}", "${AK}"] }',
      says: 'secrets',
    },
  ])('resolveHook() refuses $what', ({ hook, says }) => {
    expect(refusal(`{ hooks: { a: ${hook} } }`)).toContain(says);
  });

  test.each(['secret: literal-secret-of-the-hook', 'secrets: [literal-secret-of-the-hook]'])(
    'resolveHook() refuses %s and does not repeat it',
    (given) => {
      const shown = refusal(`{ hooks: { a: { type: hmac, accounts: [swr], ${given} } } }`);

      expect(shown).toContain('literal-secret');
      expect(shown).not.toContain('literal-secret-of-the-hook');
    },
  );

  test.each(['Name', 'a/b', '-a', '..'])('resolveHook() refuses the name "%s"', (name) => {
    const hook = `"${name}": { type: hmac, accounts: [swr], secret: "\${HOOK}" }`;

    expect(refusal(`{ hooks: { ${hook} } }`)).not.toBe('');
  });

  test.each([
    { given: '10.0.0.0/8', isGood: true },
    { given: '::1', isGood: true },
    { given: 'proxy.example', isGood: false },
  ])('resolveHook() on the proxy $given: $isGood', ({ given, isGood }) => {
    const hook = 'a: { type: hmac, accounts: [swr], secret: "${HOOK}" }';

    expect(refusal(`{ hooks: { ${hook} }, hooksTrustedProxies: ["${given}"] }`) === '').toBe(
      isGood,
    );
  });
});

describe('standardKey()', () => {
  test('standardKey() decodes what stands after whsec_', () => {
    expect(standardKey(new Secret(ENV.WHSEC))).toEqual(Buffer.alloc(24));
    expect(standardKey(new Secret('whsec_?'))).toBeNull();
    expect(standardKey(new Secret(LONG))).toBeNull();
  });
});
