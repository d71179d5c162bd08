import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';

describe('readEnvironment()', () => {
  test('readEnvironment() reads every variable it documents', () => {
    const environment = readEnvironment({
      TAGWARDEN_CONFIG: '/etc/tagwarden.yaml',
      TAGWARDEN_POLICIES_PATH: '/p',
      TAGWARDEN_QUEUE_URL: 'redis://q',
      TAGWARDEN_SERVER_HOST: '0.0.0.0',
      TAGWARDEN_SERVER_PORT: '80',
      TAGWARDEN_LOG_LEVEL: 'warn',
    });

    expect(environment.configFile).toBe('/etc/tagwarden.yaml');
    expect(environment.overrides).toEqual({
      'policies.path': '/p',
      'queue.url': 'redis://q',
      'server.host': '0.0.0.0',
      'server.port': '80',
      'log.level': 'warn',
    });
  });

  test('readEnvironment() takes an empty or blank variable for one that is not set', () => {
    const { configFile, overrides, variable } = readEnvironment({
      TAGWARDEN_CONFIG: '',
      TAGWARDEN_LOG_LEVEL: ' ',
    });

    expect(configFile).toBeNull();
    expect(Object.values(overrides)).toEqual([null, null, null, null, null]);
    expect(variable('TAGWARDEN_CONFIG')).toBeNull();
  });

  test.each([
    { env: {}, plain: false },
    { env: { NO_COLOR: '' }, plain: false },
    { env: { NO_COLOR: '0' }, plain: true },
    { env: { TERM: 'dumb' }, plain: true },
    { env: { TERM: 'xterm' }, plain: false },
  ])('readEnvironment() makes plainOutput $plain of $env', ({ env, plain }) => {
    expect(readEnvironment(env).plainOutput).toBe(plain);
  });

  test('variable() drops the line break that a mounted Secret often ends in', () => {
    expect(readEnvironment({ HW_AK: 'AKID\n' }).variable('HW_AK')).toBe('AKID');
  });

  test.each(['toString', '__proto__', 'constructor'])(
    'variable() does not take %s, which every object has, for a variable',
    (name) => {
      expect(readEnvironment({}).variable(name)).toBeNull();
      expect(readEnvironment().variable(name)).toBeNull();
    },
  );
});
