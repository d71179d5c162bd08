import { describe, expect, test } from 'vitest';
import { fillUrl, readSecret, type SecretSources } from '../../src/config/secrets.ts';

function sourcesOf(variables: Readonly<Record<string, string>>, file: string | null = null) {
  const told: string[] = [];
  const sources: SecretSources = {
    variable: (name) => variables[name] ?? null,
    readFile: () => {
      if (file === null) throw new Error('ENOENT /run/secrets/sk');
      return file;
    },
    onSecret: (secret) => void told.push(secret.reveal()),
  };
  return { sources, told };
}

describe('readSecret()', () => {
  test('readSecret() reads a variable, or a file without the white space around it, and tells of both', () => {
    const { sources, told } = sourcesOf({ HW_SK: 'from-env' }, '  from-file\r\n');

    const read = [readSecret('${HW_SK}', sources), readSecret({ file: 'sk' }, sources)];

    expect(read.map((secret) => secret.reveal())).toEqual(['from-env', 'from-file']);
    expect(told).toEqual(['from-env', 'from-file']);
  });

  test.each([
    { reference: '${HW_SK}', file: null, says: 'environment variable HW_SK is not set' },
    { reference: { file: 'sk' }, file: ' \n', says: 'secret file "sk" is empty' },
    { reference: { file: 'sk' }, file: null, says: 'secret file "sk" cannot be read' },
  ])('readSecret() says that $says', ({ reference, file, says }) => {
    const { sources, told } = sourcesOf({}, file);

    expect(() => readSecret(reference, sources)).toThrow(says);
    expect(told).toEqual([]);
  });
});

describe('fillUrl()', () => {
  const variables = {
    USER: 'me',
    PW: 'p@ss/w:rd',
    HOST: 'redis:6379',
    URL: 'rediss://me:p%40ss@queue:6380/1?sentinelPassword=other-one',
    PLAIN: 'redis://queue:6379',
    ODD: 'redis://:100%@queue',
  };

  test.each([
    { template: 'embedded:.tagwarden', url: 'embedded:.tagwarden', secrets: [] },
    { template: 'redis://127.0.0.1:6379', url: 'redis://127.0.0.1:6379', secrets: [] },
    {
      template: 'redis://:${PW}@queue/0',
      url: 'redis://:p%40ss%2Fw%3Ard@queue/0',
      secrets: ['p@ss/w:rd'],
    },
    {
      template: 'redis://${USER}:${PW}@${HOST}',
      url: 'redis://me:p%40ss%2Fw%3Ard@redis:6379',
      secrets: ['me', 'p@ss/w:rd'],
    },
    { template: 'redis://${HOST}', url: 'redis://redis:6379', secrets: [] },
    {
      template: 'redis://q?password=${PW}',
      url: 'redis://q?password=p%40ss%2Fw%3Ard',
      secrets: ['p@ss/w:rd'],
    },
    {
      template: '${URL}',
      url: variables.URL,
      secrets: ['p%40ss', 'p@ss', 'other-one', 'other-one'],
    },
    { template: '${PLAIN}', url: variables.PLAIN, secrets: [] },
    { template: '${ODD}', url: variables.ODD, secrets: ['100%', '100%'] },
  ])('fillUrl() makes $url of $template', ({ template, url, secrets }) => {
    const { sources, told } = sourcesOf(variables);

    expect(fillUrl(template, sources)).toBe(url);
    expect(told).toEqual(secrets);
  });

  test.each([
    'redis://:hunter2@queue',
    'redis://me:hunter2@queue',
    'REDISS://me:hunter2@queue',
    'redis://:hun/ter2@queue',
    'redis://:hun@ter2@queue',
    'redis://${USER}:${PW}hunter2@queue',
    'redis://queue?db=1&password=hunter2',
  ])('fillUrl() refuses the literal password in %s without showing it', (template) => {
    const { sources } = sourcesOf(variables);

    expect(() => fillUrl(template, sources)).toThrow(
      /^the URL holds a literal password; write \$\{ENV_NAME\} in its place$/,
    );
  });

  test.each(['${NOPE}', 'redis://:${NOPE}@queue', 'redis://${NOPE}'])(
    'fillUrl() names the variable that %s lacks',
    (template) => {
      expect(() => fillUrl(template, sourcesOf({}).sources)).toThrow(
        'environment variable NOPE is not set',
      );
    },
  );
});
