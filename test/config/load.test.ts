import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { ConfigErrors, findDefaultConfig, loadConfig, parseConfig } from '../../src/config/load.ts';

const ENV = { HW_AK: 'ak-value', HW_SK: 'sk-value', UC_PUB: 'pub-value', UC_PRI: 'pri-value' };
const ACCOUNT = `accounts:
  ims:
    provider: huawei-ims
    region: cn-north-4
    projectId: "p1"
    auth: { accessKey: "\${HW_AK}", secretKey: "\${HW_SK}" }
`;

async function load(
  text: string,
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-config-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'tagwarden.yaml');
  for (const [name, content] of Object.entries({ 'tagwarden.yaml': text, ...files }))
    await writeFile(join(folder, name), content);
  const secrets: string[] = [];
  const environment = readEnvironment({ ...ENV, ...env });
  const read = () =>
    loadConfig({ file, environment, onSecret: (secret) => void secrets.push(secret.reveal()) });
  return { folder, file, read, secrets };
}

/** What is wrong with a file, as `line:column code message`, and everything a person would see. */
function refusal(text: string, env: Readonly<Record<string, string>> = {}) {
  try {
    parseConfig('tagwarden.yaml', text, readEnvironment({ ...ENV, ...env }));
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    const found = error.issues.map(({ line, column, code }) => `${line}:${column} ${code}`);
    return { found, issues: error.issues, shown: error.message + JSON.stringify(error.issues) };
  }
  return { found: [], issues: [], shown: '' };
}

describe('parseConfig()', () => {
  test('parseConfig() names the keys that the provider of an account has', () => {
    const text =
      'accounts:\n  here: { provider: oci, endpoint: "https://r.example", tokenRelm: x }\n';

    const { shown } = refusal(text);

    expect(shown).toContain('anonymous: true, or a Docker config file');
    expect(shown).toContain('did you mean "tokenRealm"?');
  });
});

describe('parseConfig() and versions', () => {
  test('parseConfig() takes a file that says its version', () => {
    expect(refusal(`apiVersion: tagwarden/v1\n${ACCOUNT}`).found).toEqual([]);
  });

  test('parseConfig() refuses a file of another version, naming both, and says nothing else', () => {
    const { found, shown } = refusal(`apiVersion: tagwarden/v2\nnewKey: 1\n${ACCOUNT}`);

    expect(found).toEqual(['1:13 wrong-value']);
    expect(shown).toContain('"tagwarden/v2", and this release of tagwarden reads tagwarden/v1');
  });
});

describe('loadConfig()', () => {
  test('loadConfig() fills in defaults and resolves paths against the file', async () => {
    const { folder, file, read } = await load(`${ACCOUNT}    tls: { caFile: ca.pem }\n`);

    const config = read();

    expect(config).toMatchObject({
      file,
      policyFolder: join(folder, 'policies'),
      queue: { url: `embedded:${join(folder, '.tagwarden')}` },
      guards: { maxDeletePercent: 30, maxDeletesPerHour: 500, maxFleetDeletePercent: 10 },
      server: { host: '127.0.0.1', port: 8080 },
      logLevel: 'info',
      accounts: [
        {
          name: 'ims',
          endpoint: 'https://ims.cn-north-4.myhuaweicloud.com',
          timeoutMs: 30_000,
          caFile: join(folder, 'ca.pem'),
          protect: [],
        },
      ],
    });
  });

  test('loadConfig() reads secrets from variables and files, tells of each, and shows none', async () => {
    const text = ACCOUNT.replace('"${HW_SK}"', '{ file: sk }');
    const { read, secrets } = await load(text, {}, { sk: 'from-file\n' });

    const config = read();

    expect(secrets).toEqual(['ak-value', 'from-file']);
    expect(JSON.stringify(config)).not.toMatch(/ak-value|from-file/);
  });

  test('loadConfig() prefers the environment, where a URL may carry its password', async () => {
    const { read, secrets } = await load(
      `${ACCOUNT}queue: { url: "redis://file" }\nlog: { level: warn }\n`,
      {
        TAGWARDEN_QUEUE_URL: 'redis://:hunter2@env',
        TAGWARDEN_LOG_LEVEL: 'error',
        TAGWARDEN_POLICIES_PATH: '/elsewhere',
        TAGWARDEN_SERVER_PORT: '0',
        TAGWARDEN_SERVER_HOST: '::1',
      },
    );

    expect(read()).toMatchObject({
      queue: { url: 'redis://:hunter2@env' },
      logLevel: 'error',
      policyFolder: '/elsewhere',
      server: { host: '::1', port: 0 },
    });
    expect(secrets).toContain('hunter2');
  });

  test('loadConfig() names every secret that is missing, with its place, at once', async () => {
    const text = `${ACCOUNT.replace('HW_SK', 'NOPE')}  hub:
    provider: ucloud-uhub
    auth: { publicKey: "\${UC_PUB}", privateKey: { file: gone } }
queue: { url: "redis://:\${QUEUE_PW}@q" }
`;
    const { read } = await load(text);

    expect(read).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        issues: [
          expect.objectContaining({
            line: 6,
            message: expect.stringContaining('variable NOPE is not set'),
          }),
          expect.objectContaining({
            line: 9,
            message: expect.stringContaining('"gone" cannot be read'),
          }),
          expect.objectContaining({
            line: 10,
            message: expect.stringContaining('variable QUEUE_PW is not set'),
          }),
        ],
      }),
    );
  });

  test('loadConfig() says what to do when there is no file', () => {
    const environment = readEnvironment({});

    expect(() =>
      loadConfig({ file: '/nowhere.yaml', environment, onSecret: () => undefined }),
    ).toThrow(/^Cannot read configuration "\/nowhere.yaml": .*tagwarden demo\)$/);
  });
});

describe('parseConfig()', () => {
  test.each([
    { what: 'an empty file', text: '', found: ['1:1 wrong-document'] },
    { what: 'two documents', text: `${ACCOUNT}---\n${ACCOUNT}`, found: ['1:1 wrong-document'] },
    {
      what: 'a protected name that is no glob',
      text: `${ACCOUNT}    protect: ["v*", "{broken"]\n`,
      found: ['7:22 bad-glob'],
    },
    {
      what: 'a budget so small that no timer can wait for it',
      text: `${ACCOUNT}    limits: { requestsPerSecond: 0.0000001 }\n`,
      found: ['7:34 wrong-value'],
    },
    {
      what: 'a queue URL that holds its password',
      text: `${ACCOUNT}queue: { url: "redis://:hunter2@q" }\n`,
      found: ['7:15 literal-secret'],
    },
    { what: 'no account', text: 'log: { level: info }\n', found: ['1:1 missing-key'] },
    {
      what: 'a wrong level',
      text: `${ACCOUNT}log: { level: inof }\n`,
      found: ['7:15 wrong-value'],
    },
    {
      what: 'a timeout that overflows',
      text: `${ACCOUNT}    timeout: 999h\n`,
      found: ['7:14 wrong-value'],
    },
    {
      what: 'a repository that is no URL',
      text: `${ACCOUNT}policies: { git: { url: x } }\n`,
      found: ['7:25 wrong-value'],
    },
  ])('parseConfig() refuses $what at its place', ({ text, found }) => {
    expect(refusal(text).found).toEqual(found);
  });

  test('parseConfig() guesses what a misspelt key stood for', () => {
    const { issues } = refusal(`${ACCOUNT}    protekt: ["x"]\nguard: {}\n`);

    expect(issues).toMatchObject([
      { code: 'unknown-key', line: 7, column: 5, suggestion: 'protect' },
      { code: 'unknown-key', line: 8, column: 1, suggestion: 'guards' },
    ]);
  });

  test.each([
    ACCOUNT.replace('"${HW_SK}"', 'hunter2-secret'),
    ACCOUNT.replace('"${HW_SK}"', '"x${HW_SK}hunter2-secret"'),
    ACCOUNT.replace('"${HW_SK}"', '[hunter2-secret]'),
    ACCOUNT.replace('secretKey: "${HW_SK}"', 'secretKye: hunter2-secret'),
    ACCOUNT.replace('"${HW_SK}" }', 'hunter2-secret }, hunter2-secret: 1'),
    ACCOUNT.replace('"${HW_SK}" }', '"hunter2-secret'),
    `${ACCOUNT}queue: { url: "redis://:hunter2-secret@q", x: 1 }\n`,
  ])('parseConfig() refuses a literal secret or a broken line without showing it (%#)', (text) => {
    const { found, shown } = refusal(text);

    expect(found.length).toBeGreaterThan(0);
    expect(shown).not.toContain('hunter2');
  });

  test('parseConfig() names the variable whose value is wrong', () => {
    const { issues } = refusal(ACCOUNT, {
      TAGWARDEN_SERVER_PORT: 'http',
      TAGWARDEN_LOG_LEVEL: 'loud',
    });

    expect(issues.map(({ file, message }) => `${file} ${message}`)).toEqual([
      'environment TAGWARDEN_SERVER_PORT is "http"',
      'environment TAGWARDEN_LOG_LEVEL is "loud"',
    ]);
  });

  test('findDefaultConfig() finds nothing where there is no tagwarden.yaml', () => {
    expect(findDefaultConfig()).toBeNull();
  });
});
