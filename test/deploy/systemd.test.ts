import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OVERRIDES, readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { flagsOf } from './code-facts.ts';

const TEXT = readFileSync('deploy/tagwarden.service', 'utf8');
const DOCKERFILE = readFileSync('Dockerfile', 'utf8');

/** Values of a key of a section, in order; the subset of the format that the unit uses. */
function unitValues(section: string, key: string): readonly string[] {
  const body = TEXT.split(/^\[(\w+)\]$/m);
  const lines = (body[body.indexOf(section) + 1] ?? '').split('\n');
  return lines
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

const ENVIRONMENT = Object.fromEntries(
  unitValues('Service', 'Environment')
    .flatMap((line) => line.split(' '))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
);

describe('deploy/tagwarden.service', () => {
  test('has sections and settings alone', () => {
    const odd = TEXT.split('\n').filter(
      (line) => !/^(?:|#.*|\[(?:Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/.test(line),
    );

    expect(odd).toEqual([]);
    expect(TEXT.match(/^\[.*\]$/gm)).toEqual(['[Unit]', '[Service]', '[Install]']);
  });

  test('starts a command that there is, by the name of the package', async () => {
    const [start = ''] = unitValues('Service', 'ExecStart');
    const [program, ...args] = start.split(' ');
    const { bin } = z
      .object({ bin: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));

    expect(Object.keys(bin)).toEqual([program?.split('/').at(-1)]);
    expect(args).toEqual(['run']);
    expect((await flagsOf('run')).size).toBeGreaterThan(3);
  });

  test('sets variables that are read, and those of the image', () => {
    const known: readonly string[] = ['TAGWARDEN_CONFIG', ...Object.values(OVERRIDES)];
    const own = Object.keys(ENVIRONMENT).filter((name) => name.startsWith('TAGWARDEN_'));
    const others = Object.entries(ENVIRONMENT).filter(([name]) => !name.startsWith('TAGWARDEN_'));

    expect(own.filter((name) => !known.includes(name))).toEqual([]);
    expect(others.length).toBe(4);
    for (const [name, value] of others) expect(DOCKERFILE).toContain(`${name}=${value}`);
  });

  test('with .env.example filled in and tagwarden.yaml is a configuration for one process', () => {
    const names = Object.keys(parseEnv(readFileSync('deploy/.env.example', 'utf8')));
    const secrets = Object.fromEntries(names.map((name) => [name, `${name}-`.repeat(8)]));
    const environment = readEnvironment({ ...secrets, ...ENVIRONMENT });

    const config = loadConfig({
      file: 'deploy/tagwarden.yaml',
      environment,
      onSecret: () => undefined,
    });

    const [folder] = unitValues('Service', 'StateDirectory');
    expect(config.queue.url).toBe(`embedded:/var/lib/${folder}/queue`);
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(unitValues('Service', 'WorkingDirectory')).toEqual([`/var/lib/${folder}`]);
  });

  test('has more time to stop than a stop takes, and no more rights than it needs', () => {
    expect(unitValues('Service', 'TimeoutStopSec')).toEqual(['45']);
    for (const key of ['DynamicUser', 'NoNewPrivileges', 'ProtectHome', 'PrivateTmp'])
      expect([key, unitValues('Service', key)]).toEqual([key, ['yes']]);
    expect(unitValues('Service', 'ProtectSystem')).toEqual(['strict']);
    expect(unitValues('Service', 'CapabilityBoundingSet')).toEqual(['']);
    // Its compiler writes code into memory and runs it.
    expect(TEXT).not.toContain('MemoryDenyWriteExecute');
  });
});
