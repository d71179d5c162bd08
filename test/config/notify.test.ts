import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { ConfigErrors, parseConfig } from '../../src/config/load.ts';
import { resolveReceiver } from '../../src/config/notify.ts';
import { NotificationsDocument, type ReceiverDocument } from '../../src/config/schema-notify.ts';

const KEY = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const URL_TEXT = 'https://hooks.example.com/services/T0/B0/canary?x=1';
const ENV: Readonly<Record<string, string>> = {
  SLACK: URL_TEXT,
  KEY,
  KEY2: `whsec_${Buffer.alloc(64, 2).toString('base64')}`,
  SHORT: `whsec_${Buffer.alloc(23).toString('base64')}`,
  LONG: `whsec_${Buffer.alloc(65).toString('base64')}`,
  PLAIN: 'x'.repeat(40),
  FTP: 'ftp://hooks.example.com/x',
  USER: 'https://me:pw@hooks.example.com/x',
  NO_URL: 'hooks.example.com',
  BROKEN: 'https://hooks.example.com/%zz',
};

function resolve(document: object) {
  const { ops } = NotificationsDocument.parse({ ops: document });
  const secrets: string[] = [];
  const receiver = resolveReceiver('ops', ops as ReceiverDocument, {
    variable: (name) => ENV[name] ?? null,
    readFile: () => '',
    onSecret: (secret) => void secrets.push(secret.reveal()),
  });
  return { receiver, secrets };
}

function refusal(text: string): { readonly found: readonly string[]; readonly shown: string } {
  try {
    parseConfig('tagwarden.yaml', `accounts: {}\n${text}`, readEnvironment({}));
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    const found = error.issues.map(({ line, code }) => `${line} ${code}`);
    return { found, shown: error.message + JSON.stringify(error.issues) };
  }
  return { found: [], shown: '' };
}

describe('resolveReceiver()', () => {
  test('resolveReceiver() fills in defaults and keeps the URL of a chat as a secret', () => {
    const { receiver, secrets } = resolve({ type: 'slack', url: '${SLACK}' });

    expect(receiver).toMatchObject({
      name: 'ops',
      type: 'slack',
      secrets: [],
      events: ['changed', 'failed', 'refused', 'recovered'],
      accounts: null,
      policies: null,
      targets: null,
      groupMs: 5_000,
      messagesPerMinute: 30,
      maxLines: 30,
    });
    expect(receiver.url.reveal()).toBe(URL_TEXT);
    expect(secrets).toEqual([URL_TEXT, '/services/T0/B0/canary?x=1']);
    expect(JSON.stringify(receiver)).not.toContain('canary');
  });

  test('resolveReceiver() takes a plain URL for a program, and two keys while they are rotated', () => {
    const { receiver } = resolve({
      type: 'webhook',
      url: 'http://127.0.0.1:9000/in',
      secrets: ['${KEY}', '${KEY2}'],
    });

    expect(receiver.url.reveal()).toBe('http://127.0.0.1:9000/in');
    expect(receiver.secrets.map((secret) => secret.reveal())).toEqual([ENV['KEY'], ENV['KEY2']]);
  });

  test('resolveReceiver() lets a receiver of CloudEvents go without signature, at a higher rate', () => {
    const { receiver } = resolve({ type: 'cloudevents', url: 'https://bus.example.com' });

    expect(receiver).toMatchObject({ secrets: [], messagesPerMinute: 600 });
  });

  test.each<[string, object, string]>([
    ['another scheme', { type: 'slack', url: '${FTP}' }, 'url is no http(s) URL'],
    ['a user name', { type: 'slack', url: '${USER}' }, 'url is no http(s) URL'],
    ['no URL at all', { type: 'slack', url: '${NO_URL}' }, 'url is no http(s) URL'],
    ['a path that cannot be read', { type: 'slack', url: '${BROKEN}' }, 'url is no http(s) URL'],
    ['a webhook without a secret', { type: 'webhook', url: '${SLACK}' }, 'secret is missing'],
    [
      'secret and secrets',
      { type: 'webhook', url: '${SLACK}', secret: '${KEY}', secrets: ['${KEY}'] },
      'both secret and secrets',
    ],
    [
      'a short key',
      { type: 'webhook', url: '${SLACK}', secret: '${SHORT}' },
      'whsec_ and the base64',
    ],
    [
      'a long key',
      { type: 'webhook', url: '${SLACK}', secret: '${LONG}' },
      'whsec_ and the base64',
    ],
    [
      'a key without its prefix',
      { type: 'webhook', url: '${SLACK}', secret: '${PLAIN}' },
      'whsec_ and the base64',
    ],
    ['a variable that is not set', { type: 'slack', url: '${NONE}' }, 'NONE is not set'],
  ])('resolveReceiver() refuses %s, without a value', (_name, document, message) => {
    const attempt = () => resolve(document);

    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/canary|pw@|zz|xxxx/);
  });
});

describe('parseConfig()', () => {
  test.each([
    ['a chat', 'type: slack, url: "https://hooks.example.com/services/canary"'],
    [
      'a token in the query',
      'type: webhook, secret: "${KEY}", url: "https://x.example.com/?token=canary"',
    ],
    ['a password', 'type: cloudevents, url: "https://me:canary@x.example.com/"'],
  ])(
    'parseConfig() takes the written-out URL of a receiver for a secret: %s',
    (_name, receiver) => {
      const { found, shown } = refusal(`notifications: { ops: { ${receiver} } }`);

      expect(found).toEqual(['2 literal-secret']);
      expect(shown).not.toContain('canary');
    },
  );

  test('parseConfig() takes a plain URL, and refuses what no receiver has', () => {
    const receiver = 'type: cloudevents, url: "https://bus.example.com/in"';

    expect(refusal(`notifications: { ops: { ${receiver} } }`).found).toEqual([]);
    expect(refusal(`notifications: { ops: { ${receiver}, colour: red } }`).found).toHaveLength(1);
    expect(refusal('notifications: { ops: { type: mail, url: "${X}" } }').found).toHaveLength(1);
    expect(refusal('notifications: { ops: 1 }').found).toHaveLength(1);
    expect(refusal('notifications: 1').found).toHaveLength(1);
  });
});
