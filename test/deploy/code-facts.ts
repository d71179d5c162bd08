import { readFileSync } from 'node:fs';
import { createApp } from '../../src/server/app.ts';
import { runTagwarden } from '../support/service-process.ts';

const APP = createApp({
  metrics: async () => ({ contentType: 'text/plain', text: '' }),
  api: null,
  scrub: (text) => text,
  newId: () => 'id',
  notReady: () => null,
  hasStarted: () => true,
  checks: async () => [],
});

/** Whether a GET of the path is answered by the service. */
export function isServed(path: string): boolean {
  return APP.hasRoute({ method: 'GET', url: path });
}

/** Flags that the command itself says it has. */
export async function flagsOf(command: string): Promise<ReadonlySet<string>> {
  const { code, stdout } = await runTagwarden([command, '--help']);
  if (code !== 0) throw new Error(`there is no command ${command}`);
  return new Set(stdout.match(/--[a-z-]+(?= )/g));
}

/** A value for every name that a configuration refers to, long enough for each of them. */
export function fakeSecrets(config: string): Readonly<Record<string, string>> {
  const names = [...config.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map(
    ([, name = '']) => name,
  );
  return Object.fromEntries(
    [...new Set(names)].map((name) => [
      name,
      name.endsWith('_URL') ? 'rediss://redis.example.com:6379' : `${name}-`.repeat(8),
    ]),
  );
}

/** Names of all metrics that the service exports, by the reference that is generated of them. */
export function metricNames(): ReadonlySet<string> {
  const page = readFileSync('docs/metrics.md', 'utf8');
  return new Set([...page.matchAll(/^\| `(tagwarden_\w+)`/gm)].map(([, name = '']) => name));
}
