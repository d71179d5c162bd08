import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { readEnvironment } from '../../src/config/environment.ts';
import { type Config, loadConfig } from '../../src/config/load.ts';

const Service = z.looseObject({
  image: z.string(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  depends_on: z.unknown().optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  scale: z.int().optional(),
  tmpfs: z.array(z.string()).default([]),
});
type Service = z.infer<typeof Service>;

/** compose.yaml with its anchors merged. */
export const DOCUMENT: unknown = parse(readFileSync('deploy/compose.yaml', 'utf8'), {
  merge: true,
});
/** Its services, by name. */
export const { services } = z
  .looseObject({ services: z.record(z.string(), Service) })
  .parse(DOCUMENT);
export const DOCKERFILE = readFileSync('Dockerfile', 'utf8');
/** Services that are a role of tagwarden. */
export const ROLES = ['scheduler', 'worker', 'api'] as const;
/** What the profile simulator is started with. */
export const SIMULATOR_ENV = envOf('deploy/simulator/compose.env');

/** Throws when there is none. */
export function serviceOf(name: string): Service {
  const service = services[name];
  if (service === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return service;
}

/** Names and values of a file as compose and systemd read it. */
export function envOf(file: string): Readonly<Record<string, string>> {
  const entries = Object.entries(parseEnv(readFileSync(file, 'utf8')));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

/** Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?why}` as compose does. Throws what is not set. */
export function fill(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest: string) => {
      const value = env[name] ?? '';
      if (value !== '') return value;
      if (kind === '-') return rest;
      throw new Error(`${name} is not set: ${rest}`);
    },
  );
}

/** The environment of a role, and the files that it mounts, by where. */
export function started(env: Readonly<Record<string, string>>) {
  const { environment, volumes } = serviceOf('worker');
  const filled = Object.entries(environment).map(
    ([name, text]) => [name, fill(text, env)] as const,
  );
  const mounts = volumes
    .map((one) => fill(one, env).split(':'))
    .map(([from = '', to = '']) => [to, from] as const);
  return { env: Object.fromEntries(filled), mounts: Object.fromEntries(mounts) };
}

/** Where the Dockerfile says the configuration is. */
export const CONFIG = /TAGWARDEN_CONFIG=(\S+)/.exec(DOCKERFILE)?.[1] ?? '';

/** The configuration that the roles load. */
export function configOf(env: Readonly<Record<string, string>>): Config {
  const { env: environment, mounts } = started(env);
  return loadConfig({
    file: `deploy/${mounts[CONFIG]}`,
    environment: readEnvironment(environment),
    onSecret: () => undefined,
  });
}

/** Every name of .env.example with a value. */
export const FILLED = Object.fromEntries(
  Object.keys(envOf('deploy/.env.example')).map((name) => [
    name,
    name === 'TAGWARDEN_POLICIES' ? './simulator/policies' : `${name}-`.repeat(8),
  ]),
);
