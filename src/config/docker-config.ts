import { z } from 'zod';
import type { RegistryAuth } from '../model/account.ts';
import { parseJson } from '../model/json.ts';
import { Secret } from '../model/secret.ts';
import { SecretMissing, type SecretSources } from './secrets.ts';

const Entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/** The parts of a Docker config.json that say how to sign in. */
const DockerConfig = z.object({
  auths: z.record(z.string(), Entry).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});
type DockerConfig = z.infer<typeof DockerConfig>;

/** Names become a part of a command. */
const HELPER = /^[\w.-]{1,64}$/;
const HUB = 'https://index.docker.io/v1/';
const HUB_HOSTS: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
]);

/**
 * How to sign in to a registry by a Docker config file: the helper of its host, else the store of all, else what stands in
 * the file. Throws SecretMissing when it says nothing about the host.
 */
export function readDockerConfig(
  path: string,
  endpoint: string,
  sources: Pick<SecretSources, 'readFile' | 'onSecret'>,
): RegistryAuth {
  const host = new URL(endpoint).host;
  const config = parse(path, sources);
  const names = HUB_HOSTS.has(host) ? [...HUB_HOSTS, HUB] : [host];
  const helper = find(config.credHelpers ?? {}, names) ?? config.credsStore ?? null;
  if (helper !== null && helper !== '') {
    if (!HELPER.test(helper)) throw new SecretMissing(`"${path}" names a helper that is no name`);
    return { type: 'helper', helper, server: HUB_HOSTS.has(host) ? HUB : host };
  }
  const entry = find(config.auths ?? {}, names);
  const login = entry === null ? null : loginOf(entry);
  if (login === null) throw new SecretMissing(`"${path}" has no login for "${host}"`);
  const password = new Secret(login.password);
  sources.onSecret(password);
  return { type: 'password', username: login.username, password };
}

function parse(path: string, { readFile }: Pick<SecretSources, 'readFile'>): DockerConfig {
  let text: string;
  try {
    text = readFile(path);
  } catch {
    throw new SecretMissing(`Docker config "${path}" cannot be read`);
  }
  const config = DockerConfig.safeParse(parseJson(text));
  if (config.success) return config.data;
  // The cause is left out: it could quote the file.
  throw new SecretMissing(`Docker config "${path}" is not JSON of the form docker login writes`);
}

/** Keys are hosts, with or without a scheme and `/v1/`. */
function find<T>(entries: Readonly<Record<string, T>>, names: readonly string[]): T | null {
  const found = Object.entries(entries).find(
    ([key]) => names.includes(key) || names.includes(hostOf(key)),
  );
  return found?.[1] ?? null;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function loginOf(entry: z.infer<typeof Entry>) {
  const { auth, username = '', password = '' } = entry;
  if (username !== '' && password !== '') return { username, password };
  const text = Buffer.from(auth ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
