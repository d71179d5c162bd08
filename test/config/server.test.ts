import { describe, expect, test } from 'vitest';
import { ConfigDocument } from '../../src/config/schema.ts';
import { SecretMissing, type SecretSources } from '../../src/config/secrets.ts';
import { resolveServer } from '../../src/config/server.ts';

const serverOf = (server: unknown) => ConfigDocument.parse({ accounts: {}, server }).server;
const sources = (value: string | null): SecretSources => ({
  variable: () => value,
  readFile: () => value ?? '',
  onSecret: () => undefined,
});

describe('resolveServer()', () => {
  test('resolveServer() reads the token, and knows what is not said', () => {
    const bare = resolveServer(serverOf({}), sources(null));
    const full = resolveServer(
      serverOf({ adminToken: '${ADMIN}', drain: '500ms' }),
      sources('0123456789abcdef01234567'),
    );

    expect(bare).toEqual({ host: '127.0.0.1', port: 8080, adminToken: null, drainMs: 5_000 });
    expect(full.adminToken?.reveal()).toBe('0123456789abcdef01234567');
    expect(full.drainMs).toBe(500);
  });

  test.each([
    ['0123456789abcdef0123456', 'adminToken has 23 characters, at least 24 are wanted'],
    ['0123456789 abcdef0123456789', 'characters that no header can carry'],
    ['0123456789ä0123456789abcdef', 'characters that no header can carry'],
    [null, 'environment variable ADMIN is not set'],
  ])('resolveServer() refuses the token %j', (value, says) => {
    const server = serverOf({ adminToken: '${ADMIN}' });

    expect(() => resolveServer(server, sources(value))).toThrow(SecretMissing);
    expect(() => resolveServer(server, sources(value))).toThrow(says);
  });

  test.each(['16s', '-1s', '5', '1m'])(
    'resolveServer() is not reached by the drain %s',
    (drain) => {
      expect(() => serverOf({ drain })).toThrow('must be a duration from 0s to 15s');
    },
  );
});
