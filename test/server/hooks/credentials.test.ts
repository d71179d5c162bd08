import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import {
  bySecret,
  headerToken,
  hexMac,
  standardSignature,
  urlToken,
} from '../../../src/server/hooks/credentials.ts';
import type { Credential, Delivery } from '../../../src/server/hooks/hook.ts';

function aDelivery(
  headers: Readonly<Record<string, string>>,
  body: string,
  tokens: readonly string[] = [],
): Delivery {
  return { header: (name) => headers[name] ?? null, tokens, body: Buffer.from(body) };
}

function verify(credential: Credential, delivery: Delivery, secrets: readonly string[], now = 0) {
  return credential.verify(delivery, {
    secrets: secrets.map((secret) => new Secret(secret)),
    now: new Date(now * 1_000),
    toleranceMs: 300_000,
  });
}

// Vectors of the contract, webhooks.md sections 6.1, 7 and 8.
const GITHUB = aDelivery(
  {
    'x-hub-signature-256':
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  },
  'Hello, World!',
);
const GITEA = aDelivery(
  { 'x-gitea-signature': 'ffbbad2403553940138664bb617e6caa17e4bdca29bb6dd55a0601aaeb3589ec' },
  '{"ref":"refs/tags/v1"}',
);
const WHSEC = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const MAC = 'eCUmmpAoO4pk36bOdSCm1lmM+hbnnDJREohsM+X4U+s=';

function gitlab(signature: string, timestamp = '1735787045', id = 'msg_1'): Delivery {
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  };
  return aDelivery(headers, '{"object_kind":"tag_push","ref":"refs/tags/v1"}');
}

describe('hexMac()', () => {
  test('hexMac() verifies the vectors of GitHub and Gitea, with any of the secrets', () => {
    const github = hexMac('x-hub-signature-256', 'sha256=');

    expect(verify(github, GITHUB, ["It's a Secret to Everybody"])).toBe(true);
    expect(verify(github, GITHUB, ['new', "It's a Secret to Everybody"])).toBe(true);
    expect(verify(github, GITHUB, ['new'])).toBe(false);
    expect(verify(github, GITHUB, [])).toBe(false);
    expect(verify(hexMac('x-gitea-signature'), GITEA, ['topsecret'])).toBe(true);
  });

  test.each([
    '',
    'sha256=',
    'sha1=f4dd749c785b50623cc7468a42c76f4ad8c0aaa2',
    `sha256=${'g'.repeat(64)}`,
  ])('hexMac() sees no credential in "%s"', (value) => {
    const credential = hexMac('x-signature', 'sha256=');

    expect(credential.isPresent(aDelivery({ 'x-signature': value }, ''))).toBe(false);
  });
});

describe('standardSignature()', () => {
  test('standardSignature() verifies the vector of the contract, also among others', () => {
    const others = `v1,${Buffer.alloc(32).toString('base64')} v2,x v1,${MAC}`;

    expect(verify(standardSignature(), gitlab(`v1,${MAC}`), [WHSEC], 1_735_787_045)).toBe(true);
    expect(verify(standardSignature(), gitlab(others), [WHSEC], 1_735_787_045)).toBe(true);
  });

  test.each([
    { seconds: 300, isGood: true },
    { seconds: -300, isGood: true },
    { seconds: 301, isGood: false },
    { seconds: -301, isGood: false },
  ])('standardSignature() at $seconds s from the clock: $isGood', ({ seconds, isGood }) => {
    const now = 1_735_787_045 + seconds;

    expect(verify(standardSignature(), gitlab(`v1,${MAC}`), [WHSEC], now)).toBe(isGood);
  });

  test.each([
    { what: 'an id with a dot', delivery: gitlab(`v1,${MAC}`, '1735787045', 'msg.1') },
    { what: 'a time that is no number', delivery: gitlab(`v1,${MAC}`, '0x6776') },
    { what: 'a time in milliseconds', delivery: gitlab(`v1,${MAC}`, '1735787045000') },
    { what: 'another version', delivery: gitlab(`v1a,${MAC}`) },
    { what: 'base64 that is not canonical', delivery: gitlab(`v1,${MAC.replace('s=', 't=')}`) },
    { what: 'hex', delivery: gitlab(`v1,${'a'.repeat(64)}`) },
    { what: 'six signatures', delivery: gitlab(Array(6).fill(`v1,${MAC}`).join(' ')) },
    { what: 'no signature', delivery: gitlab('') },
  ])('standardSignature() sees no credential in $what', ({ delivery }) => {
    expect(standardSignature().isPresent(delivery)).toBe(false);
    expect(verify(standardSignature(), delivery, [WHSEC], 1_735_787_045)).toBe(false);
  });
});

describe('headerToken() and urlToken()', () => {
  test.each([
    { given: 'Bearer right', isGood: true },
    { given: 'right', isGood: false },
    { given: 'bearer right', isGood: false },
    { given: 'Bearer  right', isGood: false },
    { given: 'Bearer right, Bearer right', isGood: false },
  ])('headerToken() on "$given": $isGood', ({ given, isGood }) => {
    const credential = headerToken('authorization', 'Bearer ');

    expect(verify(credential, aDelivery({ authorization: given }, ''), ['right'])).toBe(isGood);
  });

  test('urlToken() takes one token, never two', () => {
    expect(verify(urlToken(), aDelivery({}, '', ['right']), ['right'])).toBe(true);
    expect(verify(urlToken(), aDelivery({}, '', ['right', 'right']), ['right'])).toBe(false);
    expect(urlToken().isPresent(aDelivery({}, '', []))).toBe(false);
    expect(urlToken().isPresent(aDelivery({}, '', ['']))).toBe(false);
  });
});

describe('bySecret()', () => {
  test('bySecret() does not take a signing secret for a token', () => {
    const credential = bySecret(
      (secret) => secret.reveal().startsWith('whsec_'),
      standardSignature(),
      headerToken('x-gitlab-token'),
    );
    const clear = aDelivery({ 'x-gitlab-token': WHSEC }, '');

    expect(verify(credential, clear, [WHSEC])).toBe(false);
    expect(verify(credential, aDelivery({ 'x-gitlab-token': 'old' }, ''), ['old', WHSEC])).toBe(
      true,
    );
  });
});
