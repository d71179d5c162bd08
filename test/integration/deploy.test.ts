import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';

const Compose = z.object({
  'x-app': z.object({ environment: z.record(z.string(), z.string()) }),
  services: z.record(z.string(), z.object({ ports: z.array(z.string()).default([]) })),
});

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

describe('deploy/compose.yaml', () => {
  const compose = Compose.parse(
    parse(readFileSync(pathOf('deploy/compose.yaml'), 'utf8'), { merge: true }),
  );
  const names = Object.keys(compose['x-app'].environment);
  const load = (env: Readonly<Record<string, string>>) =>
    loadConfig({
      file: pathOf('deploy/tagwarden.yaml'),
      environment: readEnvironment(env),
      onSecret: () => undefined,
    });
  const filled = names.map((name) => [name, `${name}-`.repeat(8)] as const);

  test('compose.yaml gives each secret that tagwarden.yaml names, and no other', () => {
    expect(() => load(Object.fromEntries(filled))).not.toThrow();
    for (const name of names) {
      const others = Object.fromEntries(filled.filter(([one]) => one !== name));
      expect(() => load(others)).toThrow(name);
    }
  });

  test('compose.yaml publishes, from the role that listens, both ports where tagwarden.yaml opens them', () => {
    const { server, hookServer } = load(Object.fromEntries(filled));

    const opened = [server, hookServer].map((one) => `${one?.host} ${one?.port}`);
    const published = compose.services['api']?.ports.map((text) => text.split(':').slice(-2));
    const exposed = /^EXPOSE (.+)$/m.exec(readFileSync(pathOf('Dockerfile'), 'utf8'))?.[1];

    expect(opened).toEqual(['0.0.0.0 8080', '0.0.0.0 8081']);
    expect(published).toEqual([
      ['8080', '8080'],
      ['8081', '8081'],
    ]);
    expect(exposed).toBe('8080 8081');
  });
});
