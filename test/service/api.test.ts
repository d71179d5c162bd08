import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/load.ts';
import type { ServerConfig } from '../../src/config/server.ts';
import { Secret } from '../../src/model/secret.ts';
import { isLoopback, openApi } from '../../src/service/api.ts';
import { keptLog, said } from './service-bench.ts';

const TOKEN = new Secret('0123456789abcdef01234567');
const SCRUB = (text: string): string => text.replaceAll('hunter22', '[secret]');
const ALL = new Set(['scheduler', 'worker', 'api'] as const);

function open(host: string, server: Partial<ServerConfig> = {}, roles = ALL) {
  const config: Pick<Config, 'server' | 'accounts' | 'guards'> = {
    server: { host, port: 0, adminToken: null, drainMs: 300, ...server },
    accounts: [],
    guards: { maxDeletePercent: 30, maxDeletesPerHour: 1, maxFleetDeletePercent: 1 },
  };
  const log = keptLog();
  return { api: openApi({ config, service: { host, roles }, log, scrub: SCRUB }), log };
}

describe('openApi()', () => {
  test.each(['0.0.0.0', '::', '10.0.0.7', 'tagwarden.internal'])(
    'openApi() refuses to listen on %s without a token',
    (host) => {
      expect(() => open(host)).toThrow(
        `Cannot serve role api on "${host}": server.adminToken is not set, wanted a token`,
      );
    },
  );

  test('openApi() listens anywhere with a token, or without the role', () => {
    expect(open('0.0.0.0', { adminToken: TOKEN }).api.parts.api).not.toBeNull();
    expect(open('0.0.0.0', {}, new Set()).api.parts.api).toBeNull();
  });

  test('openApi() says that the API is off', async () => {
    const { api, log } = open('127.0.0.1');

    expect(said(log)).toEqual(['info the API is off: server.adminToken is not set']);
    expect(await api.parts.checks()).toContainEqual({
      name: 'api',
      status: 'warning',
      detail: 'off: server.adminToken is not set',
    });
  });

  test('openApi() is ready between its start and its end, and has started for good', async () => {
    const { api } = open('127.0.0.1', { adminToken: TOKEN });
    const look = () => [api.parts.notReady(), api.parts.hasStarted()];

    const before = look();
    api.ready();
    const running = look();
    await api.drain(true);

    expect([before, running, look()]).toEqual([
      ['starting', false],
      [null, true],
      ['draining', true],
    ]);
  });

  test.each([
    { host: '0.0.0.0', wait: true, roles: ALL, longMs: 300 },
    { host: '0.0.0.0', wait: false, roles: ALL, longMs: 0 },
    { host: '127.0.0.1', wait: true, roles: ALL, longMs: 0 },
    { host: '0.0.0.0', wait: true, roles: new Set([]), longMs: 0 },
  ])('drain() takes $longMs ms on $host when told $wait', async ({ host, wait, roles, longMs }) => {
    const { api } = open(host, { adminToken: TOKEN }, roles as typeof ALL);
    const startedAt = performance.now();

    await api.drain(wait);

    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(longMs - 2);
    expect(tookMs).toBeLessThan(longMs + 200);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['localhost.example.com', false],
  ['128.0.0.1', false],
])('isLoopback() of %s is %s', (host, wanted) => {
  expect(isLoopback(host)).toBe(wanted);
});
